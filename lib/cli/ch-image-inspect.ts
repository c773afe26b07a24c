/** ch-image inspect. */
import type { Task } from "../base/task.ts";
import { fillTemplate } from "../base/template.ts";
import { findImage } from "../store/images.ts";
import type { ImageRecord } from "../store/record.ts";
import type { Storage } from "../store/storage.ts";
import { StoredImage } from "../store/stored-image.ts";
import type { Arguments } from "./arguments.ts";
import { namedStorage } from "./ch-image-storage.ts";

export async function runInspect(args: Arguments, task: Task): Promise<void> {
  const storage = namedStorage(args, task);
  const image = findImage(storage, args.operands[0] ?? "");
  const document = await describe(storage, image);
  const format = args.value("format");
  task.log.print(
    format === undefined ? JSON.stringify(document, null, 2) : fillTemplate(format, document),
  );
}

/** Named as podman and skopeo name it where they know the same thing. */
async function describe(storage: Storage, record: ImageRecord): Promise<unknown> {
  const stored = new StoredImage(storage, record);
  const { layers: _, config: id, ...known } = record;
  const { platform: __, diffIds, history, ...config } = await stored.config();
  const layers = (await stored.layers()).map(({ descriptor, diffId }) => {
    const { mediaType, digest, size } = descriptor;
    return { mediaType, digest, diffId, size };
  });
  const [os = "", architecture = "", variant] = record.platform.split("/");
  return {
    ...known,
    id,
    os,
    architecture,
    ...(variant === undefined ? {} : { variant }),
    ...config,
    config: await rawConfig(stored),
    rootFS: { type: "layers", layers: diffIds },
    layers,
    history,
  };
}

/** What Docker calls the container's configuration, as it was written. */
async function rawConfig(stored: StoredImage): Promise<unknown> {
  const document: unknown = JSON.parse(Buffer.from(await stored.configBytes()).toString());
  if (typeof document !== "object" || document === null) return {};
  return Reflect.get(document, "config") ?? {};
}
