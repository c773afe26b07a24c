/**
 * How layers are kept: each in a folder of its own, to be laid over each other by overlayfs, or as
 * one tree per image, where overlayfs does not work: on old kernels, and on file systems without the
 * extended attributes or the device nodes that it wants. There is no telling but trying.
 */
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { release } from "node:os";
import { join } from "node:path";
import { runProgram } from "../base/process.ts";
import type { Task } from "../base/task.ts";
import { withTemporary } from "../host/temporary.ts";
import { applyLayer, type LayerForm } from "../native/layers.ts";
import { replaceFile } from "./file.ts";
import type { Storage } from "./storage.ts";
import { tinyTar } from "./tiny-tar.ts";

/** Its only line is the answer and the kernel that gave it. */
const ANSWER_FILE = "form";

/** As ch-run mounts an image: root in a user namespace; then what the whiteouts hide must be gone. */
const TRIAL = `mount -t overlay -o ro,userxattr,lowerdir=new:old overlay shown &&
test ! -e shown/gone && test -d shown/folder && test ! -e shown/folder/gone`;

const TRIAL_NAMES = [".wh.gone", "folder/.wh..wh..opq"];

/** What works here; tried once for each storage directory and kernel. */
export async function storageForm(storage: Storage, task: Task): Promise<LayerForm> {
  const path = join(storage.path, ANSWER_FILE);
  for (const form of ["overlay", "flat"] as const) {
    if (readAnswer(path) === answerText(form)) return form;
  }
  const form = (await tryOverlay(storage, task)) ? "overlay" : "flat";
  task.log.info(
    `overlayfs in "${storage.path}": ${form === "overlay" ? "works" : "does not work"}`,
  );
  replaceFile(storage, path, answerText(form));
  return form;
}

function answerText(form: LayerForm): string {
  return `${form} ${release()}\n`;
}

function readAnswer(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // Nobody has tried yet.
    return undefined;
  }
}

function tryOverlay(storage: Storage, task: Task): Promise<boolean> {
  return withTemporary(storage.folder("tmp"), async (folder) => {
    for (const name of ["new", "shown", "old/folder"]) {
      mkdirSync(join(folder, name), { recursive: true });
    }
    for (const name of ["old/gone", "old/folder/gone"]) writeFileSync(join(folder, name), "");
    const isMade = await makeWhiteouts(folder).catch(() => false);
    task.signal.throwIfAborted();
    return isMade && isShown(folder, task);
  });
}

async function makeWhiteouts(folder: string): Promise<boolean> {
  const archive = join(folder, "layer.tar");
  writeFileSync(archive, tinyTar(TRIAL_NAMES.map((name) => ({ name, content: Buffer.of() }))));
  const fd = openSync(archive, "r");
  try {
    await applyLayer(fd, join(folder, "new"), { name: "trial", form: "overlay" });
    return true;
  } finally {
    closeSync(fd);
  }
}

async function isShown(folder: string, task: Task): Promise<boolean> {
  const args = [
    "--user",
    "--map-root-user",
    "--mount",
    "sh",
    "-c",
    `cd "$1" && ${TRIAL}`,
    "sh",
    folder,
  ];
  try {
    return (await runProgram({ file: "unshare", args }, task)).status === 0;
  } catch {
    task.signal.throwIfAborted();
    return false;
  }
}
