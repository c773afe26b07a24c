/**
 * Manifests: what an image consists of, or, of an index, which images there are. Docker's and OCI's
 * differ in their media types only. Docker's first schema, which hides the layers in text made for
 * programs of 2014, is refused: no registry has had to serve it since 2017.
 */
import { FatalError } from "../base/error.ts";
import { type Descriptor, readDescriptor } from "./descriptor.ts";
import { type Fields, parseDocument } from "./json.ts";
import {
  bareType,
  DOCKER_INDEX,
  DOCKER_MANIFEST,
  layerCompression,
  OCI_INDEX,
  OCI_MANIFEST,
} from "./media-type.ts";

export interface ImageManifest {
  readonly kind: "manifest";
  readonly mediaType: string;
  readonly config: Descriptor;
  /** The oldest first. */
  readonly layers: readonly Descriptor[];
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

export interface Index {
  readonly kind: "index";
  readonly mediaType: string;
  readonly manifests: readonly Descriptor[];
}

export type Manifest = ImageManifest | Index;

/** Read a manifest; `type` is what its carrier calls it, where the document itself does not. */
export function parseManifest(bytes: Uint8Array, what: string, type?: string): Manifest {
  const fields = parseDocument(bytes, `manifest of "${what}"`);
  const mediaType = fields.maybeText("mediaType") ?? knownType(bareType(type)) ?? guessType(fields);
  refuseFirstSchema(fields, mediaType);
  switch (mediaType) {
    case OCI_INDEX:
    case DOCKER_INDEX:
      return { kind: "index", mediaType, manifests: indexEntries(fields) };
    case OCI_MANIFEST:
    case DOCKER_MANIFEST:
      return imageManifest(fields, mediaType);
    default:
      throw new FatalError(`cannot read ${fields.what}: unknown media type "${mediaType}"`);
  }
}

function imageManifest(fields: Fields, mediaType: string): ImageManifest {
  const config = fields.object("config");
  if (!config) throw new FatalError(`cannot read ${fields.what}: "config" is missing`);
  return {
    kind: "manifest",
    mediaType,
    config: readDescriptor(config),
    layers: descriptors(fields, "layers"),
    annotations: fields.textMap("annotations"),
  };
}

/** Throws if something in a manifest is no image's: artifacts of other kinds look the same. */
export function requireImage(manifest: ImageManifest, what: string): void {
  const stranger = manifest.layers.find(({ mediaType }) => !layerCompression(mediaType));
  if (!stranger) return;
  throw new FatalError(`cannot use "${what}": it is no image of a file system`, {
    hint: `a part of it is of media type ${stranger.mediaType}`,
  });
}

/** A registry that does not care answers with any type: the document counts then. */
function knownType(type: string | undefined): string | undefined {
  const known = [OCI_INDEX, DOCKER_INDEX, OCI_MANIFEST, DOCKER_MANIFEST];
  return known.find((candidate) => candidate === type);
}

/** OCI lets a document keep its type to itself. */
function guessType(fields: Fields): string {
  return fields.has("manifests") ? OCI_INDEX : OCI_MANIFEST;
}

function refuseFirstSchema(fields: Fields, mediaType: string): void {
  const version = fields.has("schemaVersion") ? fields.count("schemaVersion") : 2;
  if (version === 2 && !isFirstSchema(mediaType)) return;
  throw new FatalError(
    `cannot read ${fields.what}: it is of Docker's schema ${version}, which is obsolete`,
    { hint: "whoever published the image can push it again with any current program" },
  );
}

/** umoci writes `null` where there are none yet. */
function indexEntries(fields: Fields): readonly Descriptor[] {
  return fields.isNull("manifests") ? [] : descriptors(fields, "manifests");
}

function descriptors(fields: Fields, name: string): readonly Descriptor[] {
  const list = fields.objects(name);
  if (!list) throw new FatalError(`cannot read ${fields.what}: "${name}" is missing`);
  return list.map(readDescriptor);
}

/** `application/vnd.docker.distribution.manifest.v1+json` and `.v1+prettyjws`. */
function isFirstSchema(mediaType: string): boolean {
  return mediaType.startsWith("application/vnd.docker.distribution.manifest.v1+");
}
