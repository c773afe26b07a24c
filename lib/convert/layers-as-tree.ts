/** An image that consists of layers, wherever it is, as a source for formats that hold trees. */
import { type Task, withParts } from "../base/task.ts";
import { withTemporary } from "../host/temporary.ts";
import type { Image } from "../oci/image.ts";
import type { Job, Packed } from "./formats/format.ts";
import { imageSource } from "./image-source.ts";
import { LayerFiles } from "./layer-files.ts";

/** Layers to fetch at the same time. */
const JOBS = 4;

export function withTreeOf<T>(
  image: Image,
  { settings, task }: Job,
  use: (source: Packed) => Promise<T>,
): Promise<T> {
  const { temporary, xattrs } = settings;
  return withTemporary(temporary, async (folder) => {
    let files: LayerFiles | undefined;
    const work = async (parts: Task): Promise<T> => {
      files = await LayerFiles.start(image, { folder, jobs: JOBS, task: parts });
      return use(imageSource(files, { xattrs, task: parts }));
    };
    try {
      return await withParts(task, work);
    } finally {
      // Whoever still fetches must not do so in a folder that is gone.
      await files?.settled();
    }
  });
}
