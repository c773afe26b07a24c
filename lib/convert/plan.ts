/** Before a conversion: what is the input, what shall the output be, and may it be written? */
import { realpathSync, statSync } from "node:fs";
import { FatalError, usageError } from "../base/error.ts";
import { type ImageType, probe } from "../native/core.ts";
import { directoryFormat } from "./formats/directory.ts";
import type { Format, FormatKind } from "./formats/format.ts";
import { squashFormat } from "./formats/squash.ts";
import { tarFormat } from "./formats/tar.ts";
import { inferOutput } from "./infer.ts";
import { inspectOutput, type Output } from "./output.ts";

const FORMATS: Readonly<Record<FormatKind, Format>> = {
  dir: directoryFormat,
  tar: tarFormat,
  squash: squashFormat,
};
const KIND_OF_TYPE: Readonly<Record<ImageType, FormatKind | undefined>> = {
  directory: "dir",
  archive: "tar",
  squashfs: "squash",
  sif: "squash",
  unknown: undefined,
};

export interface Request {
  readonly input: string;
  readonly output: string;
  /** What the user says the formats are; found out without it. */
  readonly inputKind?: FormatKind | undefined;
  readonly outputKind?: FormatKind | undefined;
  readonly clobber: boolean;
  /** The output is to differ from an input of the same format. */
  readonly rewrites?: boolean;
}

/** A request that has been checked against what is there. */
export interface Plan {
  readonly input: string;
  readonly inputFormat: Format;
  readonly outputFormat: Format;
  readonly output: Output;
}

/** Check everything that can be checked before work begins. */
export async function planConversion(request: Request): Promise<Plan> {
  const type = await probe(request.input);
  const inputFormat = inputFormatOf(request.input, KIND_OF_TYPE[type], request.inputKind);
  const outputFormat = FORMATS[outputKind(request)];
  if (!request.rewrites && type !== "sif") refuseSame(inputFormat, outputFormat);
  const { output } = await planOutput(request);
  refuseNested(request.input, output);
  return { input: request.input, inputFormat, outputFormat, output };
}

/** The same of the output alone. */
export async function planOutput(
  request: Pick<Request, "output" | "outputKind" | "clobber">,
): Promise<Pick<Plan, "output" | "outputFormat">> {
  const kind = outputKind(request);
  const output = await inspectOutput(request.output, { kind, clobber: request.clobber });
  return { output, outputFormat: FORMATS[kind] };
}

function outputKind(request: Pick<Request, "output" | "outputKind">): FormatKind {
  return request.outputKind ?? inferOutput(request.output, isDirectory(request.output));
}

function inputFormatOf(
  path: string,
  kind: FormatKind | undefined,
  claimed: FormatKind | undefined,
): Format {
  if (!kind) throw new FatalError(`cannot convert "${path}": not an image of a known format`);
  if (claimed && claimed !== kind) {
    throw new FatalError(`cannot convert "${path}": not a ${FORMATS[claimed].noun}`, {
      hint: `it is a ${FORMATS[kind].noun}`,
    });
  }
  return FORMATS[kind];
}

function refuseSame(input: Format, output: Format): void {
  if (input !== output) return;
  throw usageError(
    `input and output are both a ${input.noun}: nothing to convert`,
    "to copy an image, use cp -a; to change its compression, convert to a directory and back",
  );
}

/** Replacing what is being read, or writing into it, would destroy it. */
function refuseNested(input: string, output: Output): void {
  const from = realpathSync(input);
  if (!isWithin(output.path, from) && !isWithin(from, output.path)) return;
  throw new FatalError(`cannot write "${output.name}": it and "${input}" lie in one another`);
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === "/" ? folder : `${folder}/`);
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
