/** All formats, and which of them something on disk is, by its content. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type ImageType, probe } from "../native/core.ts";
import { archiveKind } from "../oci/archive-kind.ts";
import { LAYOUT_FILE } from "../oci/layout.ts";
import { directoryFormat } from "./formats/directory.ts";
import { dockerArchiveFormat } from "./formats/docker-archive.ts";
import { dockerFormat, podmanFormat } from "./formats/engine.ts";
import type { Format, FormatKind } from "./formats/format.ts";
import { layoutArchiveFormat, layoutFormat } from "./formats/layout.ts";
import { registryFormat } from "./formats/registry.ts";
import { squashFormat } from "./formats/squash.ts";
import { storageFormat } from "./formats/storage.ts";
import { tarFormat } from "./formats/tar.ts";

export const FORMATS: Readonly<Record<FormatKind, Format>> = {
  dir: directoryFormat,
  tar: tarFormat,
  squash: squashFormat,
  "ch-image": storageFormat,
  oci: layoutFormat,
  "oci-archive": layoutArchiveFormat,
  "docker-archive": dockerArchiveFormat,
  docker: dockerFormat,
  podman: podmanFormat,
  registry: registryFormat,
};

/** What is found at a path. */
export interface Content {
  readonly type: ImageType;
  /** Undefined: no image. */
  readonly kind: FormatKind | undefined;
}

export async function lookAt(path: string): Promise<Content> {
  const type = await probe(path);
  return { type, kind: kindOf(path, type) };
}

function kindOf(path: string, type: ImageType): FormatKind | undefined {
  switch (type) {
    case "directory":
      return existsSync(join(path, LAYOUT_FILE)) ? "oci" : "dir";
    case "archive":
      return archiveKind(path);
    case "squashfs":
    case "sif":
      return "squash";
    case "unknown":
      return undefined;
  }
}
