/**
 * The program that serves a mounted SquashFS image in the background: a bundle of its own, started
 * by ch-mount with the file, the mount point and where in the file the image begins as arguments.
 * Descriptor 3 tells ch-mount that the image is mounted; a failure before that is one line of JSON
 * on standard error. It ends when the image is unmounted; told to end by SIGTERM, it unmounts it.
 */
import { errorHint } from "../base/error.ts";
import { Log, QUIET } from "../base/log.ts";
import { serve } from "../native/squashfs.ts";
import { unmountImage } from "./fuse.ts";

const READY_FD = 3;

const [image = "", mountpoint = "", offset = ""] = process.argv.slice(2);
// A terminal that hangs up is none of our business, nor is a Ctrl-C meant for somebody else.
for (const signal of ["SIGHUP", "SIGINT", "SIGPIPE"] as const) process.on(signal, () => {});
// ch-mount stops listening once the image is mounted.
process.stderr.on("error", () => {});
process.once("SIGTERM", () => {
  const task = { log: new Log("ch-mount", QUIET), signal: new AbortController().signal };
  // In use: then the mount is left behind dead, as by SIGKILL.
  unmountImage(mountpoint, task).catch(() => process.exit(1));
});
serve({ image, offset: Number(offset), mountpoint }, READY_FD).catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${JSON.stringify({ message, hint: errorHint(error) })}\n`);
  process.exitCode = 1;
});
