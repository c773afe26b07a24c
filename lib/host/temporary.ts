/**
 * Temporary folders. What a command makes grows in a hidden folder beside its final place and is
 * renamed out of it when complete, so that nobody ever sees half an image. The folder is removed on
 * every way out. What a killed process left is removed by the next one that works in the same place:
 * the name tells the host, the PID namespace and the process, so the living are not disturbed.
 */
import { createHash, randomBytes } from "node:crypto";
import { readlinkSync } from "node:fs";
import { mkdtemp, readdir } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { errorCode, failure } from "../base/error.ts";
import { deleteTree } from "../native/core.ts";

const PREFIX = ".charliecloud";

/** Do work with an empty folder made in `parent`; afterwards it is gone. */
export async function withTemporary<T>(
  parent: string,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  await removeAbandoned(parent);
  const folder = await makeFolder(parent);
  try {
    return await work(folder);
  } finally {
    await deleteTree(folder);
  }
}

/** A name for a file that grows in a place where such folders are made, and is removed like them. */
export function temporaryName(): string {
  return `${ownPrefix()}${randomBytes(6).toString("hex")}`;
}

function ownPrefix(): string {
  return `${PREFIX}.${hostTag()}.${process.pid}.`;
}

async function makeFolder(parent: string): Promise<string> {
  try {
    return await mkdtemp(join(parent, ownPrefix()));
  } catch (error) {
    throw failure("write in", parent, error);
  }
}

async function removeAbandoned(parent: string): Promise<void> {
  for (const name of await readdir(parent).catch(() => [])) {
    // Another user's, or just being removed by a third process: not ours to worry about.
    if (isAbandoned(name, hostTag())) await deleteTree(join(parent, name)).catch(() => {});
  }
}

/** Whether a name is that of a temporary folder whose process on this host is gone. */
export function isAbandoned(name: string, tag: string): boolean {
  const match = /^\.charliecloud\.([0-9a-f]+)\.(\d+)\.\w+$/.exec(name);
  return match?.[1] === tag && !isAlive(Number(match[2]));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) !== "ESRCH";
  }
}

/** Process ids mean something on one host and in one PID namespace only. */
export function hostTag(): string {
  const place = `${hostname()} ${readlinkSync("/proc/self/ns/pid")}`;
  return createHash("sha256").update(place).digest("hex").slice(0, 8);
}
