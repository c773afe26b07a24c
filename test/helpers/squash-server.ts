/** The process that serves a SquashFS image, seen from outside; and that nothing is left of it. */
import { copyFileSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { eventually } from "./eventually.ts";
import { withFolder } from "./folder.ts";
import { nameOf, processesWith, untilNobody } from "./processes.ts";
import { squashImage, squashWay } from "./root-image.ts";
import { testIf } from "./test-if.ts";

/** A test for where images are mounted. */
export const testMounted = testIf(squashWay === "mounted", "SquashFS images are not mounted here");

/**
 * A test with an image of its own, by whose path all processes of that test are known. In the end
 * none of them may be left, nor anything else.
 */
export function withServedImage(test: (image: string) => unknown): Promise<void> {
  return withFolder(async (folder) => {
    const image = join(folder, "image.sqfs");
    copyFileSync(squashImage(), image);
    const temporary = readdirSync("/tmp").filter(isOurs);
    await test(image);
    await untilNobody(image);
    assert.equal(leakedMounts(), []);
    assert.equal(readdirSync("/tmp").filter(isOurs), temporary);
    assert.equal(readdirSync(folder), ["image.sqfs"]);
  });
}

function isOurs(name: string): boolean {
  return /squash|ch-run|charlie/.test(name) && !name.startsWith("ch-test");
}

/** Mounts of images that the host can see. ch-run mounts on "/" and nowhere else. */
function leakedMounts(): string[] {
  const lines = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
  return lines.filter((line) => / \/ \/ .* - fuse\.squashfuse_ll /.test(line));
}

/** The server of an image that is being run; its command does not have the path any more. */
export async function serverOf(image: string): Promise<number> {
  let pid = 0;
  await eventually(`a server of ${image}`, () => {
    pid = processesWith(image).find((found) => nameOf(found.pid) === "ch-run-squashfs")?.pid ?? 0;
    return pid !== 0;
  });
  return pid;
}

/**
 * A script in an image that goes on until its server ends. What the kernel has read once it keeps;
 * for a name that is new it must ask.
 */
export const UNTIL_NO_SERVER =
  'i=0; while i=$((i + 1)); cat "/new$i" 2>&1 | grep -q "No such file"; do sleep 0.05; done';

/** What the descriptors of a process refer to, by their numbers. */
export function descriptorsOf(pid: number): Map<number, string> {
  const folder = `/proc/${pid}/fd`;
  return new Map(readdirSync(folder).map((fd) => [Number(fd), readlinkSync(join(folder, fd))]));
}
