/** A layout in the place of one that is there, which may hold more than is to be replaced. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { FatalError } from "../base/error.ts";
import { LAYOUT_FILE } from "../oci/layout.ts";
import { countImages, hasImageCalled, strangerIn } from "../oci/layout-addition.ts";

export interface LayoutRules {
  /** May something be replaced? */
  readonly clobber: boolean;
  /** Of an image that is added to a layout: what it is to be called there. */
  readonly reference?: string | undefined;
}

/** Throw if a directory must not be replaced by a layout, or by itself and one image more. */
export function checkLayout(
  { name, path }: { readonly name: string; readonly path: string },
  { clobber, reference }: LayoutRules,
): void {
  if (!existsSync(join(path, LAYOUT_FILE))) {
    throw new FatalError(`cannot write "${name}": it exists and is not an OCI image layout`);
  }
  if (!clobber && (reference === undefined || hasImageCalled(path, reference))) {
    throw new FatalError(`cannot write "${name}": it exists`);
  }
  const stranger = strangerIn(path);
  if (stranger !== undefined) {
    throw new FatalError(`cannot write "${name}": it holds "${stranger}" beside a layout`, {
      hint: "for ch-image's storage, give the image's name, or use ch-image import",
    });
  }
  if (reference === undefined && countImages(path) > 1) {
    throw new FatalError(`cannot write "${name}": it is a layout of several images`, {
      hint: `say what the new one is to be called: oci:${name}:NAME`,
    });
  }
}
