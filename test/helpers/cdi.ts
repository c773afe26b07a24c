/** CDI specifications to test with. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const KIND = "vendor.example/gpu";

export interface Edits {
  readonly env?: readonly string[];
  readonly deviceNodes?: readonly Readonly<Record<string, string>>[];
  readonly mounts?: readonly Mount[];
  readonly hooks?: readonly Hook[];
  readonly additionalGids?: readonly number[];
  readonly intelRdt?: Readonly<Record<string, string>>;
}

interface Mount {
  readonly hostPath: string;
  readonly containerPath: string;
  readonly options?: readonly string[];
}

interface Hook {
  readonly hookName: string;
  readonly path: string;
  readonly args: readonly string[];
}

export interface Device {
  readonly name: string;
  readonly containerEdits?: Edits;
}

export interface Specification {
  readonly kind?: string;
  readonly devices?: readonly Device[];
  readonly containerEdits?: Edits;
}

/** Write a specification; what is not said is a kind and a device "0". Returns its path. */
export function writeSpecification(folder: string, name: string, said: Specification): string {
  const devices = [{ name: "0" }];
  mkdirSync(folder, { recursive: true });
  const file = join(folder, name);
  writeFileSync(file, JSON.stringify({ cdiVersion: "0.7.0", kind: KIND, devices, ...said }));
  return file;
}

/** A hook as NVIDIA's toolkit writes it. */
export function hook(...args: readonly string[]): Hook {
  const path = "/usr/bin/nvidia-cdi-hook";
  return { hookName: "createContainer", path, args: ["nvidia-cdi-hook", ...args] };
}
