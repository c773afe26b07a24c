/** Paths given to ch-image where it wants the name of an image. */
import { existsSync } from "node:fs";
import { FatalError } from "../base/error.ts";
import { NoImageError } from "../oci/no-image.ts";

/** What to tell the user of an error: that a text which names no image is a path, if it is one. */
export function explainPath(error: unknown): unknown {
  if (!(error instanceof NoImageError) || !existsSync(error.text)) return error;
  const { text, status } = error;
  return new FatalError(`"${text}" is a path, and not the name of an image in storage`, {
    hint: `"ch-image import ${text}" brings it there`,
    status,
    cause: error,
  });
}
