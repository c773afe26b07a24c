/** Which format a path means: an output by its name, since it is not there yet. */
import { basename } from "node:path";
import { type FatalError, usageError } from "../base/error.ts";
import type { Compression } from "../native/core.ts";
import { familiarName, parseReference } from "../oci/reference.ts";
import type { FormatKind } from "./formats/format.ts";

const TAR_SUFFIXES: Readonly<Record<string, Compression>> = {
  ".tar": "none",
  ".tar.gz": "gzip",
  ".tgz": "gzip",
  ".tar.xz": "xz",
  ".txz": "xz",
  ".tar.bz2": "bzip2",
  ".tbz2": "bzip2",
  ".tar.zst": "zstd",
  ".tzst": "zstd",
};
const SQUASH_SUFFIXES = [".sqfs", ".squash", ".squashfs", ".squishy"];
const FORMAT_NAMES: Readonly<Record<string, FormatKind>> = {
  "ch-image": "ch-image",
  dir: "dir",
  directory: "dir",
  docker: "docker",
  "docker-archive": "docker-archive",
  oci: "oci",
  "oci-archive": "oci-archive",
  podman: "podman",
  squash: "squash",
  squashfs: "squash",
  tar: "tar",
};
/** What the options' help names. */
const KINDS: readonly FormatKind[] = [
  "ch-image",
  "dir",
  "docker",
  "docker-archive",
  "oci",
  "oci-archive",
  "podman",
  "squash",
  "tar",
];

/** The argument of --in-fmt or --out-fmt. */
export function parseFormatName(name: string): FormatKind {
  const kind = Object.hasOwn(FORMAT_NAMES, name) ? FORMAT_NAMES[name] : undefined;
  if (kind) return kind;
  throw usageError(`unknown format "${name}"`, `formats are ${KINDS.join(", ")}`);
}

export interface OutputHints {
  /** There is a directory of that name. */
  readonly isDirectory: boolean;
  /** It is not the name of an image in storage, whatever it looks like. */
  readonly isPath?: boolean | undefined;
}

/** What an output is to be. */
export function inferOutput(path: string, { isDirectory, isPath }: OutputHints): FormatKind {
  if (path.endsWith("/")) return "dir";
  const name = basename(path);
  if (SQUASH_SUFFIXES.some((suffix) => hasSuffix(name, suffix))) return "squash";
  if (tarCompression(name) !== undefined) return "tar";
  const isCalledPath = isPath || path.includes("/");
  if (isDirectory || (isCalledPath && !/[^.]\./.test(name))) return "dir";
  if (hasSuffix(name, ".sif")) throw sifError(path);
  // Any other path is a mistake, and a name is that of an image in storage.
  if (!isCalledPath) return "ch-image";
  const option = isPath ? "--format" : "--out-fmt";
  throw usageError(
    `cannot tell the format of "${path}" from its name`,
    `say which with ${option}=dir, ${option}=tar or another format`,
  );
}

function sifError(path: string): FatalError {
  return usageError(
    `cannot write "${path}": SIF files are only read`,
    `write a SquashFS image, which Apptainer runs, too: "${imageName(path)}.sqfs"`,
  );
}

/** The compression that the name of a tar archive promises; undefined for any other name. */
export function tarCompression(name: string): Compression | undefined {
  const suffix = Object.keys(TAR_SUFFIXES).find((candidate) => hasSuffix(name, candidate));
  return suffix === undefined ? undefined : TAR_SUFFIXES[suffix];
}

/** The name of an image: that of its file, without folders and without a known suffix. */
export function imageName(path: string): string {
  const name = basename(path);
  const known = [...Object.keys(TAR_SUFFIXES), ...SQUASH_SUFFIXES, ".sif"];
  const suffix = known
    .filter((candidate) => hasSuffix(name, candidate))
    .sort(byLength)
    .at(-1);
  return suffix === undefined ? name : name.slice(0, -suffix.length);
}

/** What an image may be called that is at a path; undefined where that makes no name. */
export function referenceFor(path: string): string | undefined {
  try {
    return familiarName(parseReference(imageName(path).toLowerCase()));
  } catch {
    return undefined;
  }
}

/** Every suffix of a tar archive, the usual ones first. */
export function tarSuffixes(): string[] {
  return Object.keys(TAR_SUFFIXES);
}

/** A name that is nothing but the suffix has none. */
function hasSuffix(name: string, suffix: string): boolean {
  return name.endsWith(suffix) && name.length > suffix.length;
}

function byLength(a: string, b: string): number {
  return a.length - b.length;
}
