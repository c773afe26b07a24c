/**
 * What the storage directory knows of an image: a text file, `KEY VALUE` a line, so that ch-run can
 * read it in C. The first line says what it is; unknown keys are for later versions.
 */
import { FatalError } from "../base/error.ts";

const HEADING = "charliecloud image 1";

export interface ImageRecord {
  /** As people write it. */
  readonly name: string;
  /** Where it comes from. */
  readonly source: string;
  /** What the source's name stood for: an index's digest, where it was one. */
  readonly sourceDigest: string;
  /** The image's manifest. */
  readonly digest: string;
  readonly config: string;
  readonly platform: string;
  /** Bytes of the layers as they were fetched. */
  readonly size: number;
  /** When it came here, ISO 8601. */
  readonly added: string;
  /** Folders in layers/ to be laid over each other, the newest first. */
  readonly layers: readonly string[];
}

/** Others came from files, whose paths are never like that. */
export function isFromRegistry({ source }: ImageRecord): boolean {
  return /^[^/.]/.test(source);
}

export function formatRecord(record: ImageRecord): string {
  const lines = [
    HEADING,
    `name ${record.name}`,
    `source ${record.source}`,
    `source-digest ${record.sourceDigest}`,
    `digest ${record.digest}`,
    `config ${record.config}`,
    `platform ${record.platform}`,
    `size ${record.size}`,
    `added ${record.added}`,
    ...record.layers.map((layer) => `layer ${layer}`),
  ];
  return `${lines.join("\n")}\n`;
}

/** Read a record; `path` is for messages. */
export function parseRecord(text: string, path: string): ImageRecord {
  const [heading, ...lines] = text.split("\n");
  if (heading !== HEADING) throw new FatalError(`cannot read "${path}": not a record of an image`);
  const pairs = lines.map((line) => /^(\S+) (.*)$/.exec(line) ?? []);
  const value = (wanted: string): string => {
    const found = pairs.find(([, key]) => key === wanted)?.[2];
    if (found !== undefined) return found;
    throw new FatalError(`cannot read "${path}": "${wanted}" is missing`);
  };
  return {
    name: value("name"),
    source: value("source"),
    sourceDigest: value("source-digest"),
    digest: value("digest"),
    config: value("config"),
    platform: value("platform"),
    size: Number(value("size")),
    added: value("added"),
    layers: pairs.flatMap(([, key, layer]) => (key === "layer" && layer ? [layer] : [])),
  };
}
