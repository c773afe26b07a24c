/** Peers of --join: launches that share one container. */
import { readdirSync } from "node:fs";
import * as assert from "uvu/assert";
import { chRun, type Launched, launch, type Settings } from "./ch-run.ts";
import { eventually } from "./eventually.ts";
import { nameOf, processesWith } from "./processes.ts";
import type { Outcome } from "./program.ts";
import { images } from "./root-image.ts";
import { testIf } from "./test-if.ts";

/** What says which container a process is in. */
export const WHERE = "ls -l /proc/self/ns/user /proc/self/ns/mnt | sed 's/.*-> //'";

const WAIT = "echo go; exec sleep 60";

/** A test for each kind of image that can be run here; the body gets one. */
export function testEachImage(title: string, body: (image: string) => unknown): void {
  for (const [kind, image] of images()) testIf(true, "")(`${title}, ${kind}`, () => body(image));
}

/** A tag that nobody else has. */
export function newTag(): string {
  count++;
  return `test-${process.pid}-${count}`;
}

let count = 0;

/** Run a shell script as a peer, to its end. */
export function runPeer(image: string, tag: string, script: string, ...options: string[]): Outcome {
  return chRun([`--join-tag=${tag}`, ...options, image, "--", "sh", "-c", script]);
}

/** Start a shell script as a peer. */
export function startPeer(image: string, tag: string, script: string, settings?: Settings) {
  return launch(["-v", `--join-tag=${tag}`, image, "--", "sh", "-c", script], settings);
}

/** Start a peer that lasts, and wait until its command runs. */
export async function holdPeer(image: string, tag: string, way: readonly string[] = []) {
  const peer = launch([`--join-tag=${tag}`, ...way, image, "--", "sh", "-c", WAIT]);
  await eventually("the peer runs", () => peer.output().includes("go\n"));
  return peer;
}

/** End the command of such a peer. */
export async function releasePeer({ child, ended }: Launched): Promise<void> {
  process.kill(-(child.pid ?? 0), "SIGKILL");
  await ended;
}

/** The processes that keep containers of that tag: they show the line that started the first. */
export function keepers(tag: string): number[] {
  return processesWith(`--join-tag=${tag} `)
    .map(({ pid }) => pid)
    .filter((pid) => nameOf(pid) === "ch-run-keeper");
}

/** Kill the one that there is; under load it may only just get its name. */
export async function killKeeper(tag: string): Promise<void> {
  await eventually("there is a keeper", () => keepers(tag).length === 1);
  for (const keeper of keepers(tag)) process.kill(keeper, "SIGKILL");
}

/** Wait until nobody with that tag is left, and check that nothing else is. */
export async function untilNothing(tag: string, before: readonly string[]): Promise<void> {
  const left = () => processesWith(`--join-tag=${tag} `).map(({ line }) => line);
  await eventually("all processes have ended", () => left().length === 0);
  assert.equal(leftovers(), before);
}

/** What could be left behind where everybody may write, by names such as upstream's. */
export function leftovers(): string[] {
  return ["/dev/shm", "/tmp", "/run/shm"].flatMap((folder) => {
    try {
      return readdirSync(folder).filter((name) =>
        /^(sem\.)?(ch-run|charliecloud)[-_]?\w*$/.test(name),
      );
    } catch {
      return [];
    }
  });
}
