/** ch-image inspect. */
import { readFileSync } from "node:fs";
import { failure } from "../base/error.ts";
import type { Task } from "../base/task.ts";
import { parseConfig } from "../oci/config.ts";
import { pairLayers } from "../oci/image.ts";
import { parseManifest } from "../oci/manifest.ts";
import { findImage } from "../store/images.ts";
import type { Storage } from "../store/storage.ts";
import type { Arguments } from "./arguments.ts";
import { namedStorage } from "./ch-image-storage.ts";

export function runInspect(args: Arguments, task: Task): void {
  const storage = namedStorage(args);
  const { layers: _, ...record } = findImage(storage, args.operands[0] ?? "");
  const {
    platform: __,
    diffIds: ___,
    ...config
  } = parseConfig(readBlob(storage, record.config), record.name);
  const document = { ...record, ...config, layers: layersOf(storage, record) };
  task.log.print(JSON.stringify(document, null, 2));
}

function layersOf(
  storage: Storage,
  { digest, config, name }: { readonly digest: string; readonly config: string; name: string },
): unknown {
  const manifest = parseManifest(readBlob(storage, digest), name);
  if (manifest.kind === "index") return [];
  const pairs = pairLayers(manifest, parseConfig(readBlob(storage, config), name), name);
  return pairs.map(({ descriptor, diffId }) => {
    const { mediaType, digest: layer, size } = descriptor;
    return { mediaType, digest: layer, diffId, size };
  });
}

function readBlob(storage: Storage, digest: string): Uint8Array {
  const path = storage.blob(digest);
  try {
    return readFileSync(path);
  } catch (error) {
    throw failure("read", path, error);
  }
}
