/** Making the configuration of an image that has been a directory, from what that says of itself. */
import { hostPlatform, normalize } from "./platform.ts";

export interface NewConfig {
  /** When the image counts as made, ISO 8601; undefined: at no time. */
  readonly created?: string;
  /** What has made its only layer. */
  readonly createdBy: string;
  /** Of that layer. */
  readonly diffId: string;
}

type Json = Readonly<Record<string, unknown>>;

/**
 * The configuration's bytes. `before` is that of the image which the directory was made of, or what
 * Charliecloud before 1.0 kept of it; its history stays, with the layers said to be gone. Without a
 * time that it is made, the same directory is the same image, as old as the one before.
 */
export function treeConfig(before: Json, { created, createdBy, diffId }: NewConfig): Uint8Array {
  const known = isConfig(before) ? before : fromOldMetadata(before);
  const history = olderHistory(known, createdBy).map((entry) => ({ ...entry, empty_layer: true }));
  const time = created === undefined ? {} : { created };
  const last = { created: known["created"], ...time, created_by: createdBy };
  const platform = "architecture" in known ? {} : hostPlatform();
  const rootfs = { type: "layers", diff_ids: [diffId] };
  const document = { ...platform, ...known, ...time, rootfs, history: [...history, last] };
  return Buffer.from(JSON.stringify(document));
}

/** Who goes to and fro between directory and layer does not make a longer history. */
function olderHistory({ history }: Json, createdBy: string): readonly Json[] {
  const entries = listOf(history);
  return entries.at(-1)?.["created_by"] === createdBy ? entries.slice(0, -1) : entries;
}

function isConfig(document: Json): boolean {
  return "rootfs" in document || "config" in document;
}

/** Names there are in lower case, and the environment is an object. */
function fromOldMetadata({ arch, cwd, env, history, labels, shell, volumes }: Json): Json {
  const variables = Object.entries(objectOf(env)).map(([name, value]) => `${name}=${value}`);
  const config = {
    ...(variables.length > 0 ? { Env: variables } : {}),
    ...(typeof cwd === "string" ? { WorkingDir: cwd } : {}),
    ...(labels ? { Labels: objectOf(labels) } : {}),
    ...(Array.isArray(shell) ? { Shell: shell } : {}),
    ...(Array.isArray(volumes) && volumes.length > 0 ? { Volumes: emptyObjects(volumes) } : {}),
  };
  const platform = typeof arch === "string" ? normalize({ os: "linux", architecture: arch }) : {};
  return { ...platform, config, history };
}

function emptyObjects(names: readonly unknown[]): Json {
  return Object.fromEntries(names.map((name) => [String(name), {}]));
}

function objectOf(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function listOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.map(objectOf) : [];
}
