/** Images to test with, made of this host's busybox. */
import { copyFileSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { must } from "./program.ts";

const BUSYBOX = ["/bin/busybox", "/usr/bin/busybox", "/sbin/busybox", "/usr/sbin/busybox"];
const APPLETS = ["cat", "echo", "ls", "sh", "sleep", "true", "uname"];

/** Make a small image that runs: a shell, some programs, /etc/os-release, and no mount points. */
export function makeImage(path: string): string {
  const busybox = BUSYBOX.find(existsSync);
  if (!busybox) throw new Error("no busybox here: install the package busybox-static (busybox)");
  for (const folder of ["bin", "etc", "usr"]) mkdirSync(join(path, folder), { recursive: true });
  copyFileSync(busybox, join(path, "bin/busybox"));
  for (const applet of APPLETS) symlinkSync("busybox", join(path, "bin", applet));
  writeFileSync(join(path, "etc/os-release"), "ID=test\nNAME=test\n");
  return path;
}

/** Make such an image that does not fit where a small one does: 6 MiB, most of it noise. */
export function makeBigImage(path: string): string {
  makeImage(path);
  makeNoise(join(path, "noise"), 4);
  return path;
}

/** Pack a tree with the host's tar, so that our own is not tested against itself. */
export function makeTar(tree: string, archive: string, ...members: readonly string[]): string {
  must("tar", "-C", tree, "--auto-compress", "-cf", archive, ...(members.length ? members : ["."]));
  return archive;
}

/** Pack a tree with the host's mksquashfs. */
export function makeSquash(tree: string, image: string): string {
  must("mksquashfs", tree, image, "-noappend", "-quiet", "-no-progress", "-comp", "gzip");
  return image;
}

/** A file of bytes that do not compress. */
export function makeNoise(path: string, mebibytes: number): string {
  must("dd", "if=/dev/urandom", `of=${path}`, "bs=1M", `count=${mebibytes}`, "status=none");
  return path;
}
