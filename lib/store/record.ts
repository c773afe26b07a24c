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

/** A file that is no record, or only half of one, as after a loss of power. */
export class RecordError extends FatalError {}

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
  if (heading !== HEADING) throw new RecordError(`cannot read "${path}": not a record of an image`);
  const values = valuesOf(lines);
  const value = (wanted: string): string => {
    const found = values.get(wanted)?.[0];
    if (found !== undefined) return found;
    throw new RecordError(`cannot read "${path}": "${wanted}" is missing`);
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
    layers: (values.get("layer") ?? []).filter((layer) => layer !== ""),
  };
}

/** By their key; each line is looked at once, as there may be hundreds of records. */
function valuesOf(lines: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>();
  for (const line of lines) {
    const end = line.indexOf(" ");
    if (end <= 0) continue;
    const key = line.slice(0, end);
    const known = values.get(key);
    if (known) known.push(line.slice(end + 1));
    else values.set(key, [line.slice(end + 1)]);
  }
  return values;
}
