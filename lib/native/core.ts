/**
 * The typed face of charliecloud.node, the C core. Only the files in this folder load an addon.
 *
 * A failed call rejects with a `NativeError`: `message` is worded for the user, `code` is the errno
 * name ("ENOSPC"), `hint` what can be done. Paths are strings of the file system's bytes as UTF-8;
 * names inside archives never pass through JavaScript.
 */
import { loadAddon } from "./load.ts";
import { type Watch, watched } from "./watch.ts";

export type { Watch };

/** What a path is, by content, never by name. */
export type ImageType = "directory" | "squashfs" | "sif" | "archive" | "unknown";

export type Compression = "none" | "gzip" | "xz" | "bzip2" | "zstd";

export interface NativeError extends Error {
  readonly code?: string;
  readonly errno?: number;
  readonly hint?: string;
}

/** What the superblock of a SquashFS image says. */
export interface SquashfsInfo {
  /** Where it begins: as given, else 0, or in a SIF file the place of its root file system. */
  readonly offset: number;
  readonly compressor: string;
  readonly blockSize: number;
  readonly inodes: number;
  /** When the image was made, in seconds since 1970. */
  readonly mkfsTime: number;
}

/** What an archive operation did. */
export interface ArchiveStats {
  /** Members written. */
  readonly entries: number;
  /** Bytes of file data written. */
  readonly bytes: number;
  /** Character and block devices, which an unprivileged image cannot hold: left out. */
  readonly devices: number;
}

interface ReadShape {
  /** Leading directories to drop from every member's path: "" or what scanTar() found. */
  readonly strip: string;
  /** Keep user.* extended attributes. */
  readonly xattrs: boolean;
}

/** Empty files and directories that the result must hold: relative paths, parents first. */
interface Additions {
  readonly directories: readonly string[];
  readonly files: readonly string[];
}

interface WriteShape extends Additions {
  readonly compression: Compression;
  /** Keep user.* extended attributes. */
  readonly xattrs: boolean;
}

type FilterShape = ReadShape & Additions;
export type ExtractOptions = ReadShape & Watch;
export type FilterOptions = FilterShape & Watch;
export type CreateOptions = Omit<WriteShape, keyof Additions> & Partial<Additions> & Watch;

export interface ScanResult {
  /** The one directory that holds every member, to be stripped; "" where there is none. */
  readonly top: string;
}

interface Addon {
  probe(path: string): Promise<ImageType>;
  checkSquashfs(path: string, offset?: number): Promise<SquashfsInfo>;
  scanTar(archive: string, control: BigInt64Array): Promise<string>;
  extractTar(
    archive: string,
    directory: string,
    shape: ReadShape,
    control: BigInt64Array,
  ): Promise<ArchiveStats>;
  filterTar(
    archive: string,
    fd: number,
    shape: FilterShape,
    control: BigInt64Array,
  ): Promise<ArchiveStats>;
  createTar(
    directory: string,
    fd: number,
    shape: WriteShape,
    control: BigInt64Array,
  ): Promise<ArchiveStats>;
  deleteTree(path: string): Promise<void>;
}

const addon = (): Addon => loadAddon<Addon>("charliecloud");

/** Tell what `path` is; symlinks are followed. */
export async function probe(path: string): Promise<ImageType> {
  return addon().probe(path);
}

/** Read the superblock of an image, at `offset` if that is given; rejects damaged and cut ones. */
export async function checkSquashfs(path: string, offset?: number): Promise<SquashfsInfo> {
  return addon().checkSquashfs(path, offset);
}

/** Look for the directory that holds everything in an archive. */
export async function scanTar(archive: string, watch: Watch = {}): Promise<ScanResult> {
  return { top: await watched(watch, (control) => addon().scanTar(archive, control)) };
}

/** Unpack an archive below an existing directory. What a failed call has written stays. */
export function extractTar(
  archive: string,
  directory: string,
  options: ExtractOptions,
): Promise<ArchiveStats> {
  return watched(options, (control) => addon().extractTar(archive, directory, options, control));
}

/**
 * Write an archive to a pipe as a plain tar stream for `mksquashfs -tar`. Rejects with code
 * EOPNOTSUPP if the archive means something that such a stream cannot say: unpack it then.
 */
export function filterTar(
  archive: string,
  fd: number,
  options: FilterOptions,
): Promise<ArchiveStats> {
  return watched(options, (control) => addon().filterTar(archive, fd, options, control));
}

/** Write what is below a directory to a descriptor, as a tar archive; it must lack the additions. */
export function createTar(
  directory: string,
  fd: number,
  options: CreateOptions,
): Promise<ArchiveStats> {
  const shape = { directories: [], files: [], ...options };
  return watched(options, (control) => addon().createTar(directory, fd, shape, control));
}

/** Delete whatever `path` is, with all below it; success if there is nothing. */
export async function deleteTree(path: string): Promise<void> {
  return addon().deleteTree(path);
}
