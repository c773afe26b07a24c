/**
 * Where the layers of an image are while something is made of them: in storage, where another
 * process has begun to fetch them, or in a temporary folder.
 */
import { TRANSFERS } from "../base/limit.ts";
import { type Task, withParts } from "../base/task.ts";
import { withKeptParts } from "../host/kept-parts.ts";
import { withTemporary } from "../host/temporary.ts";
import { type Image, isLocal } from "../oci/image.ts";
import { withLender } from "../store/lending.ts";
import type { Storage } from "../store/storage.ts";
import { type Fetching, LayerFiles } from "./layer-files.ts";

export interface Place {
  readonly temporary: string;
  /** Where layers may be already. */
  readonly storage?: Storage;
  /** How many to fetch at the same time. */
  readonly jobs?: number;
  /** Fetch all from their start, whatever another process has left. */
  readonly fetchAnew?: boolean;
  readonly task: Task;
}

type LentPlace = Omit<Place, "storage"> & Pick<Fetching, "lend">;
type Work<T> = (files: LayerFiles, parts: Task) => Promise<T>;

/** Do something with the layers while they arrive; afterwards those that were fetched are gone. */
export function withLayerFiles<T>(
  image: Image,
  { storage, ...place }: Place,
  work: Work<T>,
): Promise<T> {
  if (!storage) return withFiles(image, place, work);
  return withLender(storage, place.task, (lend) => withFiles(image, { ...place, lend }, work));
}

function withFiles<T>(image: Image, place: LentPlace, work: Work<T>): Promise<T> {
  // What is at hand is sooner copied again than looked through.
  if (isLocal(image)) return withFetching(image, place, work);
  return withKeptParts(place.temporary, (claim) => withFetching(image, { ...place, claim }, work));
}

function withFetching<T>(
  image: Image,
  { temporary, jobs = TRANSFERS, ...fetching }: LentPlace & Pick<Fetching, "claim">,
  work: Work<T>,
): Promise<T> {
  return withTemporary(temporary, async (folder) => {
    let files: LayerFiles | undefined;
    try {
      return await withParts(fetching.task, async (parts) => {
        files = await LayerFiles.start(image, { ...fetching, folder, jobs, task: parts });
        return work(files, parts);
      });
    } catch (error) {
      image.abandon?.();
      throw error;
    } finally {
      // Whoever still fetches was told to end, and must not do so in a folder that is gone.
      await files?.settled();
    }
  });
}
