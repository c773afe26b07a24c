/**
 * Where the result goes. What is there is looked at before any work begins, and touched only when
 * the new image is complete: a file is renamed over; an old image directory is exchanged with the new
 * one and deleted, or renamed away first where they cannot be exchanged.
 */
import { chmodSync, readdirSync, realpathSync, renameSync, type Stats, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { errorCode, FatalError, failure } from "../base/error.ts";
import { withTemporary } from "../host/temporary.ts";
import { exchangePaths } from "../native/exchange.ts";
import type { FormatKind } from "./formats/format.ts";
import { looksLikeImage } from "./image.ts";
import { checkLayout, type LayoutRules } from "./layout-output.ts";

export interface Output {
  /** As the user wrote it, for messages. */
  readonly name: string;
  /** Absolute, symlinks followed. */
  readonly path: string;
  readonly replaces: "nothing" | "file" | "image";
}

export interface OutputRules extends LayoutRules {
  readonly kind: FormatKind;
}

/** Find out what would be replaced; throws if that must not be. */
export async function inspectOutput(name: string, rules: OutputRules): Promise<Output> {
  const stats = statOutput(name);
  if (!stats) return { name, path: resolveNew(name), replaces: "nothing" };
  const path = realpathSync(name);
  const output: Output = { name, path, replaces: "nothing" };
  if (rules.clobber && isFree(output, stats, rules.kind)) return output;
  if (rules.kind === "oci") {
    checkLayout({ name, path }, rules);
    return { name, path, replaces: "image" };
  }
  if (!rules.clobber) throw new FatalError(`cannot write "${name}": it exists`);
  if (rules.kind !== "dir") {
    if (stats.isFile()) return { name, path, replaces: "file" };
    throw new FatalError(`cannot write "${name}": it exists and is not a regular file`);
  }
  if (stats.isDirectory() && (await looksLikeImage(path))) return { name, path, replaces: "image" };
  throw new FatalError(`${name} exists but does not appear to be an image`);
}

/** Let `make` write at a temporary path beside the output, then put the result in its place. */
export async function produce(
  output: Output,
  make: (path: string) => Promise<void>,
): Promise<void> {
  await withTemporary(dirname(output.path), async (folder) => {
    const made = join(folder, basename(output.path));
    await make(made);
    if (output.replaces === "image") exchange(made, output.path, join(folder, ".old"));
    else move(made, output.path);
  });
}

/** An empty directory is as good as none, but not to who is in it. */
function isFree({ name, path }: Output, stats: Stats, kind: FormatKind): boolean {
  if (!stats.isDirectory() || !["dir", "oci"].includes(kind) || path === process.cwd())
    return false;
  try {
    return readdirSync(path).length === 0;
  } catch (error) {
    throw failure("read", name, error);
  }
}

function statOutput(name: string): Stats | undefined {
  try {
    return statSync(name);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw failure("write", name, error);
  }
}

function resolveNew(name: string): string {
  const path = resolve(name);
  try {
    return join(realpathSync(dirname(path)), basename(path));
  } catch (error) {
    throw failure("write", name, error);
  }
}

function exchange(made: string, path: string, old: string): void {
  if (exchangeAtOnce(made, path)) return;
  move(path, old);
  try {
    move(made, path);
  } catch (error) {
    move(old, path);
    throw error;
  }
}

/**
 * In one step, where the file system knows how: then also who is killed leaves an image there. The
 * old one is in the new one's place afterwards.
 */
function exchangeAtOnce(made: string, path: string): boolean {
  const [newMode, oldMode] = [statSync(made).mode & 0o7777, statSync(path).mode & 0o7777];
  let done = false;
  try {
    chmodSync(made, newMode | 0o200);
    chmodSync(path, oldMode | 0o200);
    done = exchangePaths(made, path);
    return done;
  } catch (error) {
    throw failure("write", path, error);
  } finally {
    chmodSync(path, done ? newMode : oldMode);
  }
}

/** Rename; a directory that changes its parent must be writable while it does. */
function move(from: string, to: string): void {
  const { mode } = statSync(from);
  const locked = (mode & 0o200) === 0;
  try {
    if (locked) chmodSync(from, (mode & 0o7777) | 0o200);
    renameSync(from, to);
    if (locked) chmodSync(to, mode & 0o7777);
  } catch (error) {
    throw failure("write", to, error);
  }
}
