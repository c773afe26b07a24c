/** Descriptors point to content by digest, size and media type. */
import { FatalError } from "../base/error.ts";
import { isDigest } from "./digest.ts";
import type { Fields } from "./json.ts";
import { normalize, type Platform } from "./platform.ts";

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  /** In an index: what it runs on. */
  readonly platform?: Platform | undefined;
  /** Where else a foreign layer can be had. */
  readonly urls?: readonly string[] | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

export function readDescriptor(fields: Fields): Descriptor {
  const digest = fields.text("digest");
  if (!isDigest(digest)) {
    throw new FatalError(`cannot read ${fields.what}: "${digest}" is no digest known here`);
  }
  return {
    mediaType: fields.text("mediaType"),
    digest,
    size: fields.count("size"),
    platform: readPlatform(fields.object("platform")),
    urls: fields.texts("urls"),
    annotations: fields.textMap("annotations"),
  };
}

function readPlatform(fields: Fields | undefined): Platform | undefined {
  if (!fields) return undefined;
  return normalize({
    os: fields.text("os"),
    architecture: fields.text("architecture"),
    variant: fields.maybeText("variant"),
  });
}
