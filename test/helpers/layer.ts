/** Layers for a registry, packed by the host's own tools. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { makeImage } from "./image.ts";
import { must } from "./program.ts";
import { type Blob, type Repository, sha256 } from "./registry-content.ts";

export interface StoredLayer {
  readonly blob: Blob;
  readonly diffId: string;
}

const LAYER = "application/vnd.oci.image.layer.v1.tar";

export type Compression = "" | "+gzip" | "+zstd";

/** Pack a tree and put it into a repository; `options` are for tar(1). */
export async function putTree(
  repository: Repository,
  tree: string,
  compression: Compression = "+gzip",
  options: readonly string[] = [],
): Promise<StoredLayer> {
  const archive = `${tree}.tar`;
  must("tar", "--owner=0", "--group=0", ...options, "-C", tree, "-cf", archive, ".");
  return putArchive(repository, archive, compression);
}

/** Put a tar archive into a repository. */
export async function putArchive(
  repository: Repository,
  archive: string,
  compression: Compression = "+gzip",
): Promise<StoredLayer> {
  const bytes = readFileSync(archive);
  const blob = await repository.putBlob(compress(bytes, compression), LAYER + compression);
  return { blob, diffId: sha256(bytes) };
}

function compress(bytes: Buffer, compression: Compression): Buffer {
  if (compression === "+gzip") return gzipSync(bytes, { level: 1 });
  const maxBuffer = 256 * 1024 * 1024;
  return compression === "" ? bytes : execFileSync("zstd", ["-qc1"], { input: bytes, maxBuffer });
}

/** A tree of these files; a name that ends in "/" is a folder. */
export function makeTree(tree: string, files: Readonly<Record<string, string>>): string {
  for (const [name, content] of Object.entries(files)) {
    const path = join(tree, name);
    mkdirSync(name.endsWith("/") ? path : dirname(path), { recursive: true });
    if (!name.endsWith("/")) writeFileSync(path, content);
  }
  return tree;
}

/** The trees of an image that runs, in three layers of which each hides something below. */
export function makeTrees(folder: string): readonly string[] {
  const base = makeImage(join(folder, "base"));
  makeTree(base, { "data/a": "1", "data/b": "1", "data/sub/c": "1", "gone/x": "1" });
  const middle = makeTree(join(folder, "middle"), {
    "data/b": "2",
    "data/sub/.wh..wh..opq": "",
    "data/sub/d": "2",
    ".wh.gone": "",
  });
  const top = makeTree(join(folder, "top"), { "data/e": "3", "data/.wh.a": "", "gone/y": "3" });
  return [base, middle, top];
}

/** What a command in that image prints of it. */
export const SHOW =
  "cd /; echo data/* data/sub/* gone/*; cat data/b data/e data/sub/d gone/y; echo";
export const SHOWN = "data/b data/e data/sub data/sub/d gone/y\n2323\n";
