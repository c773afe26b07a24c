/** Storage directories of Charliecloud 0.x: images are trees there, at the place of our records. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { FatalError } from "../base/error.ts";

/** Throws if a directory is one of those: neither program could use what the other writes. */
export function refuseEarlier(path: string): void {
  const isEarlier = existsSync(join(path, "version")) && !existsSync(join(path, "oci-layout"));
  if (isEarlier) throw earlierStorage(path);
}

export function earlierStorage(path: string): FatalError {
  return new FatalError(`cannot use storage directory "${path}": it is of Charliecloud 0.x`, {
    hint: `move it to "${path}.old"; then "ch-image import ${path}.old/img/NAME" brings an image into a new one`,
  });
}
