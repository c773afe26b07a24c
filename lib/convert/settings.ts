/** From what the user wishes to what each format is told; nonsense is refused. */
import { basename } from "node:path";
import { usageError } from "../base/error.ts";
import type { SquashCompression, SquashCompressor } from "../host/mksquashfs.ts";
import type { Compression } from "../native/core.ts";
import { hostPlatform, parsePlatform } from "../oci/platform.ts";
import type { RegistrySettings } from "../oci/registry/registry.ts";
import { Storage, usualStorage } from "../store/storage.ts";
import type { FormatKind, FormatSettings, Preparation } from "./formats/format.ts";
import { tarCompression } from "./infer.ts";
import { chooseLayerCompression, UNCOMPRESSED } from "./layer-compression.ts";

/** Options as they stand on the command line. */
export interface Wishes {
  readonly xattrs: boolean;
  /** ALGORITHM[:LEVEL] */
  readonly compress?: string | undefined;
  /** Bytes, or with suffix K or M. */
  readonly blockSize?: string | undefined;
  readonly jobs?: string | undefined;
  readonly temporary?: string | undefined;
  /** Of several images of one name, that for this platform. */
  readonly arch?: string | undefined;
  readonly registry?: RegistrySettings;
  readonly storage?: Storage;
  readonly preparation?: Preparation | undefined;
}

interface Levels {
  readonly highest: number;
  readonly usual: number;
}

/**
 * Levels where there are any. The usual ones are ours: those of mksquashfs take up to ten times as
 * long for a few percent.
 */
const SQUASH_LEVELS: Readonly<Record<SquashCompressor, Levels | undefined>> = {
  gzip: { highest: 9, usual: 6 },
  lzo: { highest: 9, usual: 6 },
  lz4: undefined,
  xz: undefined,
  zstd: { highest: 22, usual: 3 },
};
const TAR_COMPRESSIONS: readonly Compression[] = ["none", "gzip", "xz", "bzip2", "zstd"];
const MIN_BLOCK_SIZE = 4 * 1024;
const MAX_BLOCK_SIZE = 1024 * 1024;
const UNITS: Readonly<Record<string, number>> = { "": 1, K: 1024, M: 1024 * 1024 };

/** Settings for an output of this name and kind; throws usage errors. */
export function makeSettings(name: string, kind: FormatKind, wishes: Wishes): FormatSettings {
  const { compress, blockSize, jobs, temporary, arch } = wishes;
  refuseMisplaced(kind, wishes);
  return {
    xattrs: wishes.xattrs,
    tarCompression: kind === "tar" ? chooseTarCompression(name, compress) : "none",
    squashCompression: parseSquashCompression(kind === "squash" && compress ? compress : "zstd"),
    blockSize: parseBlockSize(blockSize ?? "128K"),
    layerCompression: chooseLayerCompression(kind, compress),
    platform: arch === undefined || arch === "host" ? hostPlatform() : parsePlatform(arch),
    registry: wishes.registry ?? usualRegistry(),
    storage: wishes.storage ?? new Storage(usualStorage(process.env)),
    jobs: jobs === undefined ? undefined : parseJobs(jobs),
    temporary: temporaryPlace(temporary),
    preparation: wishes.preparation,
  };
}

function usualRegistry(): RegistrySettings {
  const { env } = process;
  return { plainHttp: false, verifyTls: true, authFirst: false, caFile: undefined, env };
}

function refuseMisplaced(kind: FormatKind, wishes: Wishes): void {
  const { compress, blockSize, preparation } = wishes;
  const uncompressed = UNCOMPRESSED[kind];
  if (uncompressed !== undefined && compress !== undefined) {
    throw usageError(`--compress has no meaning for ${uncompressed}`);
  }
  if (kind !== "squash" && blockSize !== undefined) {
    throw usageError("--block-size is for SquashFS output only");
  }
  if (kind !== "squash" && preparation) {
    throw usageError("--prepare and --profile are for SquashFS output only");
  }
}

/** The name of an archive decides; where it does not, the user may. */
export function chooseTarCompression(name: string, wish: string | undefined): Compression {
  const promised = tarCompression(basename(name));
  if (wish === undefined) return promised ?? "none";
  const wished = TAR_COMPRESSIONS.find((candidate) => candidate === wish);
  if (!wished) {
    throw usageError(
      `cannot compress a tar archive with "${wish}"`,
      `algorithms are ${TAR_COMPRESSIONS.join(", ")}, without a level`,
    );
  }
  if (promised === undefined || promised === wished) return wished;
  throw usageError(`--compress=${wish} contradicts the name "${name}"`);
}

/** `zstd:3`, `gzip` */
export function parseSquashCompression(text: string): SquashCompression {
  const [, name = "", digits] = /^(\w+)(?::(\d+))?$/.exec(text) ?? [];
  const compressor = compressors().find((candidate) => candidate === name);
  if (!compressor) {
    const hint = `algorithms are ${compressors().join(", ")}, as in zstd:3`;
    throw usageError(`cannot compress SquashFS with "${text}"`, hint);
  }
  const levels = SQUASH_LEVELS[compressor];
  const level = digits === undefined ? levels?.usual : Number(digits);
  if (level === undefined || (levels && level >= 1 && level <= levels.highest)) {
    return { compressor, level };
  }
  const hint = levels ? `levels are 1 to ${levels.highest}` : `${compressor} has no levels`;
  throw usageError(`cannot compress SquashFS with "${text}"`, hint);
}

function compressors(): SquashCompressor[] {
  return ["gzip", "lzo", "lz4", "xz", "zstd"];
}

/** `131072`, `128K`, `1M` */
export function parseBlockSize(text: string): number {
  const [, digits, unit = ""] = /^(\d+)([KM]?)$/i.exec(text) ?? [];
  const size = digits === undefined ? 0 : Number(digits) * (UNITS[unit.toUpperCase()] ?? 1);
  const isPower = Number.isInteger(Math.log2(size));
  if (isPower && size >= MIN_BLOCK_SIZE && size <= MAX_BLOCK_SIZE) return size;
  throw usageError(`invalid block size "${text}"`, "give a power of two from 4K to 1M");
}

/** A number of processors. */
export function parseJobs(text: string): number {
  const jobs = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (jobs > 0) return jobs;
  throw usageError(`invalid number of jobs "${text}"`, "give a number from 1 on");
}

/** Where large temporary things are kept. */
export function temporaryPlace(wanted: string | undefined): string {
  return wanted ?? (process.env["TMPDIR"] || "/var/tmp");
}
