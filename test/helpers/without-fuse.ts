/**
 * ch-run where images are unpacked: in a build without SquashFS support as it is, in one with it in
 * namespaces of its own, in which there is no /dev/fuse.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Launched, launchAny, runLimited, type Settings } from "./ch-run.ts";
import { ownFolder } from "./own-folder.ts";
import { installed, type Outcome, runAny } from "./program.ts";
import { squashWay } from "./root-image.ts";
import { testIf } from "./test-if.ts";

/** $1: an empty folder, which becomes /dev with what programs need in it. */
const NO_FUSE = `
  mount -t tmpfs none "$1" || exit 98
  for name in full null random tty urandom zero; do
    : >"$1/$name" && mount --bind "/dev/$name" "$1/$name" || exit 98
  done
  mount --rbind "$1" /dev || exit 98`;

/** $2, $3: the ids to have; the rest: the command. */
const BECOME_USER = `
  uid=$2 gid=$3
  shift 3
  exec unshare -U --map-user="$uid" --map-group="$gid" "$@"`;

const canHide = runAny("unshare", ["-Urm", "unshare", "-U", "--map-user=1", "true"]).status === 0;

/** A test of unpacking. */
export const testUnpacking = testIf(
  squashWay === "unpacked" || (squashWay === "mounted" && canHide),
  squashWay === "mounted" ? "unshare(1) cannot hide /dev/fuse" : "no SquashFS images here",
);

/** A test of unpacking that needs withoutFuse() in any build. */
export const testUnpackingHidden = testIf(
  squashWay !== "impossible" && canHide,
  canHide ? "no SquashFS images here" : "unshare(1) cannot hide /dev/fuse",
);

/**
 * The same command, after `prepare`, a script that has the power to mount. It runs as the user that
 * we are, and there is no /dev/fuse.
 */
export function withoutFuse(prepare: string, command: readonly string[]): string[] {
  const folder = join(ownFolder(), "dev");
  mkdirSync(folder, { recursive: true });
  const ids = [String(process.geteuid?.() ?? 0), String(process.getegid?.() ?? 0)];
  const script = [NO_FUSE, prepare, BECOME_USER].join("\n");
  return ["unshare", "-Urm", "sh", "-c", script, "sh", folder, ...ids, ...command];
}

/** ch-run with these arguments, unpacking; `before` are the words of a program that runs it. */
export function unpacking(args: readonly string[], ...before: readonly string[]): string[] {
  const command = [...before, installed("ch-run"), ...args];
  return squashWay === "unpacked" ? command : withoutFuse("", command);
}

/** Run a command to its end. */
export function runWords(words: readonly string[], settings: Settings = {}): Outcome {
  const [file = "", ...args] = words;
  return runLimited(file, args, settings);
}

/** Start a command. */
export function launchWords(words: readonly string[], settings: Settings = {}): Launched {
  const [file = "", ...args] = words;
  return launchAny(file, args, settings);
}
