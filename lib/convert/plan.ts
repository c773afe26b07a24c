/** Before a conversion: what is the input, what shall the output be, and may it be written? */
import { existsSync, realpathSync, statSync } from "node:fs";
import { FatalError, usageError } from "../base/error.ts";
import { hasImage } from "../store/images.ts";
import type { Storage } from "../store/storage.ts";
import type { Format, FormatKind } from "./formats/format.ts";
import { type Content, FORMATS, lookAt } from "./formats.ts";
import { inferOutput } from "./infer.ts";
import { type Location, parseLocation } from "./location.ts";
import { inspectOutput, type Output } from "./output.ts";

export interface Request {
  readonly input: string;
  readonly output: string;
  /** What the user says the formats are; found out without it. */
  readonly inputKind?: FormatKind | undefined;
  readonly outputKind?: FormatKind | undefined;
  /** The output is on disk, not in storage. */
  readonly isPath?: boolean;
  readonly clobber: boolean;
  /** The output is to differ from an input of the same format. */
  readonly rewrites?: boolean;
  /** Where names are looked up; without it they are paths. */
  readonly storage?: Storage;
}

/** A request that has been checked against what is there. */
export interface Plan {
  readonly input: Location;
  readonly inputFormat: Format;
  readonly target: Location;
  readonly outputFormat: Format;
  readonly clobber: boolean;
  /** Undefined: somebody else keeps what is made. */
  readonly output: Output | undefined;
}

/** Check everything that can be checked before work begins. */
export async function planConversion(request: Request): Promise<Plan> {
  const input = parseLocation(request.input, request.inputKind);
  const found = await findInput(input, request);
  const inputFormat = FORMATS[found.kind];
  const target = parseLocation(request.output, request.outputKind);
  const { place, reference } = target;
  const kind = target.kind ?? kindByName(place, request.isPath);
  if (kind === "ch-image") request.storage?.requireOwn();
  const outputFormat = FORMATS[kind];
  if (!request.rewrites && found.type !== "sif") refuseSame(inputFormat, outputFormat);
  const { clobber } = request;
  const isFile = outputFormat.form !== "none";
  const output = isFile ? await inspectOutput(place, { kind, clobber, reference }) : undefined;
  const addition = kind === "oci" && found.kind === "oci" && reference !== undefined;
  if (output && inputFormat.form !== "none") refuseNested(input.place, output, addition);
  return { input, inputFormat, target, outputFormat, output, clobber };
}

/** A file that is there is hardly meant as the name of an image in storage. */
function kindByName(place: string, isPath: boolean | undefined): FormatKind {
  const kind = inferOutput(place, { isDirectory: isDirectory(place), isPath });
  if (kind !== "ch-image" || !existsSync(place)) return kind;
  throw usageError(
    `cannot tell the format of "${place}", which exists, from its name`,
    `say which with --out-fmt, or ch-image:${place} for an image in storage`,
  );
}

type Found = Partial<Content> & { readonly kind: FormatKind };

/** What is at a path says so itself; what is none is the name of an image in storage. */
async function findInput({ kind, place }: Location, { storage }: Request): Promise<Found> {
  if (kind && FORMATS[kind].form === "none") return { kind };
  if (!kind && !existsSync(place) && isStored(place, storage)) return { kind: "ch-image" };
  const content = await lookAt(place);
  if (!content.kind) {
    throw new FatalError(`cannot convert "${place}": not an image of a known format`);
  }
  if (!kind || kind === content.kind || isArchive(kind, content)) {
    return { ...content, kind: kind ?? content.kind };
  }
  throw new FatalError(`cannot convert "${place}": not a ${FORMATS[kind].noun}`, {
    hint: `it is a ${FORMATS[content.kind].noun}`,
  });
}

function isStored(name: string, storage: Storage | undefined): boolean {
  return storage !== undefined && hasImage(storage, name);
}

/** Which archive it is may not be told by its beginning; and it may be more than one kind. */
function isArchive(kind: FormatKind, { type }: Content): boolean {
  return type === "archive" && ["tar", "oci-archive", "docker-archive"].includes(kind);
}

/** Only of trees: others are copied, renamed, or given another tag. */
function refuseSame(input: Format, output: Format): void {
  if (input !== output || !["dir", "tar", "squash"].includes(input.kind)) return;
  throw usageError(
    `input and output are both a ${input.noun}: nothing to convert`,
    "to copy an image, use cp -a; to change its compression, convert to a directory and back",
  );
}

/** Replacing what is being read, or writing into it, would destroy it, unless it is added to. */
function refuseNested(input: string, output: Output, addition: boolean): void {
  const from = realpathSync(input);
  if (addition && from === output.path) return;
  if (!isWithin(output.path, from) && !isWithin(from, output.path)) return;
  throw new FatalError(`cannot write "${output.name}": it and "${input}" lie in one another`);
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === "/" ? folder : `${folder}/`);
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
