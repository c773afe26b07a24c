/** What ch-image push sends: images in storage, or a directory. */
import { statSync } from "node:fs";
import { FatalError, usageError } from "../base/error.ts";
import type { Task } from "../base/task.ts";
import type { PushableImage } from "../oci/image.ts";
import { findImage } from "../store/images.ts";
import { whileKept } from "../store/lending.ts";
import type { Storage } from "../store/storage.ts";
import { StoredImage } from "../store/stored-image.ts";
import { withTreeImage } from "../store/tree-image.ts";
import type { Arguments } from "./arguments.ts";

export interface PushedImages {
  readonly names: readonly string[];
  readonly storage: Storage;
  readonly args: Arguments;
  readonly task: Task;
}

/** Do something with the images that are meant; nobody removes anything of them meanwhile. */
export async function withPushImages<T>(
  { names, storage, args, task }: PushedImages,
  work: (images: readonly PushableImage[]) => Promise<T>,
): Promise<T> {
  const option = args.value("image");
  if (option !== undefined && isDirectory(option)) {
    storage.prepare();
    const compression = compressionOf(args);
    const packing = {
      temporary: storage.folder("tmp"),
      compression,
      created: created(option),
      createdBy: "ch-image push --image",
      task,
    };
    return withTreeImage(option, packing, (image) => work([image]));
  }
  if (args.value("compression") !== undefined) {
    throw usageError("--compression is for a directory: layers in storage are sent as they are");
  }
  const images = names.map((name) => new StoredImage(storage, findImage(storage, name)));
  return whileKept(storage, task, () => work(images));
}

/** Every path that exists is one; a name of an image may look like it. */
function isDirectory(path: string): boolean {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status === undefined || status.isDirectory()) return status !== undefined;
  throw new FatalError(`cannot push "${path}": not a directory`, {
    hint: "ch-convert makes a directory of it",
  });
}

function compressionOf(args: Arguments): "gzip" | "zstd" {
  const compression = args.value("compression") ?? "gzip";
  if (compression === "gzip" || compression === "zstd") return compression;
  throw usageError(`--compression is "gzip" or "zstd", not "${compression}"`);
}

/** The same directory is the same image, however often it is pushed. */
function created(path: string): string {
  const epoch = process.env["SOURCE_DATE_EPOCH"];
  const time = epoch && /^\d+$/.test(epoch) ? Number(epoch) * 1000 : statSync(path).mtimeMs;
  return new Date(time).toISOString();
}
