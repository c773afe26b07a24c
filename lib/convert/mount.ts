/**
 * An image file as a directory `FOLDER/NAME`: mounted where that is possible, unpacked where it is
 * not; and the way back.
 */
import { realpathSync, rmdirSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { causeText, FatalError, failure } from "../base/error.ts";
import { type Task, untilDone } from "../base/task.ts";
import { fuseObstacle, isImageMount, unmountImage } from "../host/fuse.ts";
import { mountOn } from "../host/mounts.ts";
import { mountImage } from "../host/server.ts";
import { checkSquashfs, deleteTree } from "../native/core.ts";
import { convert } from "./convert.ts";
import { FORMATS } from "./formats.ts";
import { imageName } from "./infer.ts";
import { parseLocation } from "./location.ts";
import { makeDirectory, makeMountPoint, removeEmpty } from "./mount-point.ts";
import { inspectOutput } from "./output.ts";
import type { Plan } from "./plan.ts";
import { makeSettings } from "./settings.ts";
import { forgetUnpacked, isUnpacked, noteUnpacked } from "./unpacked.ts";

/** An image as a user names it. */
export interface ImageFile {
  readonly path: string;
  /** Where in the file it begins; its content tells without it. */
  readonly offset: number | undefined;
}

/** Where it begins is known. */
interface FoundImage extends ImageFile {
  readonly offset: number;
}

/** Mount the image, or unpack it and say why. Returns the directory. */
export async function attachImage(file: ImageFile, folder: string, task: Task): Promise<string> {
  const { path } = file;
  const { offset } = await checkSquashfs(path, file.offset);
  const madeFolder = makeDirectory(folder);
  try {
    return await attachIn(realpathSync(folder), { path, offset }, task);
  } catch (error) {
    if (madeFolder) removeEmpty(folder);
    throw error;
  }
}

async function attachIn(folder: string, image: FoundImage, task: Task): Promise<string> {
  const path = join(folder, imageName(image.path));
  const made = makeMountPoint(path);
  try {
    const obstacle = noFuse() ?? (await tryToMount(image, path, task));
    if (obstacle === undefined) return path;
    await unpack(image, path, task);
    task.log.notice(`${obstacle}: unpacked to ${path} instead`);
    return path;
  } catch (error) {
    if (made) removeEmpty(path);
    throw error;
  }
}

/** Undo attachImage(). Returns the directory that is gone. */
export async function detachImage(name: string, task: Task): Promise<string> {
  const path = locate(name);
  if (isImageMount(mountOn(path))) {
    await unmountImage(path, task);
    rmdirSync(path);
  } else if (isUnpacked(path)) {
    await deleteTree(path);
    forgetUnpacked(path);
  } else {
    throw new FatalError(`cannot unmount "${name}": ch-mount has not mounted it`);
  }
  return path;
}

function noFuse(): string | undefined {
  const obstacle = fuseObstacle();
  return obstacle === undefined ? undefined : `no FUSE here (${obstacle})`;
}

/** Returns why not, if so. */
async function tryToMount(
  { path: image, offset }: FoundImage,
  path: string,
  task: Task,
): Promise<string | undefined> {
  try {
    await mountImage({ image: realpathSync(image), offset, mountpoint: path }, task);
    return undefined;
  } catch (error) {
    // Told to end while the server was just mounting: do not leave its mount without it.
    if (isImageMount(mountOn(path))) await unmountImage(path, untilDone(task));
    if (task.signal.aborted) throw error;
    return `"${image}" cannot be mounted (${causeText(error)})`;
  }
}

async function unpack(image: FoundImage, path: string, task: Task): Promise<void> {
  // The image comes in the place of the empty mount point.
  removeEmpty(path);
  const plan: Plan = {
    input: { ...parseLocation(image.path, "squash"), offset: image.offset },
    inputFormat: FORMATS.squash,
    target: parseLocation(path, "dir"),
    outputFormat: FORMATS.dir,
    clobber: false,
    output: await inspectOutput(path, { kind: "dir", clobber: false }),
  };
  await convert(plan, makeSettings(path, "dir", { xattrs: true }), task);
  noteUnpacked(path);
}

/** The path with symlinks followed, but for the last part: a dead mount cannot even be looked at. */
function locate(name: string): string {
  const path = resolve(name);
  try {
    return join(realpathSync(dirname(path)), basename(path));
  } catch (error) {
    throw failure("unmount", name, error);
  }
}
