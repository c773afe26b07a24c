/** A tree of everything that archives and file systems have lost somewhere. */
import {
  chmodSync,
  closeSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { MOUNT_POINTS } from "../../lib/host/places.ts";
import { makeNoise } from "./image.ts";
import { must, runAny } from "./program.ts";

const ODD_NAMES = [
  "-n",
  "a b",
  "new\nline",
  "tab\t",
  "back\\slash",
  'quo"te',
  "it's",
  "*",
  "ümlaut",
];
const MODES = [0o600, 0o644, 0o755, 0o777, 0o640];
export const SPARSE_SIZE = 20 * 1024 * 1024;

/** Make the tree; it has all mount points, so that a conversion adds nothing. */
export function makeDifficult(tree: string): string {
  mkdirSync(tree);
  for (const path of MOUNT_POINTS.directories) mkdirSync(join(tree, path));
  for (const path of MOUNT_POINTS.files) writeFileSync(join(tree, path), "");
  chmodSync(join(tree, "tmp"), 0o1777);
  mkdirSync(join(tree, "bin"));
  addNames(join(tree, "names"));
  addContents(join(tree, "contents"));
  addLinks(join(tree, "links"));
  addModes(join(tree, "modes"));
  addXattrs(join(tree, "xattrs"));
  must("find", tree, "-exec", "touch", "-h", "-d", "@1234567890", "{}", "+");
  return tree;
}

function addNames(folder: string): void {
  mkdirSync(folder);
  for (const name of ODD_NAMES) writeFileSync(join(folder, name), name);
  const bytes = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0x80, 0x01])]);
  writeFileSync(bytes, "not UTF-8");
  let deep = folder;
  for (let level = 0; level < 5; level++) {
    deep = join(deep, "long".repeat(25));
    mkdirSync(deep);
  }
  writeFileSync(join(deep, "x".repeat(255)), "a path of more than 255 bytes");
}

function addContents(folder: string): void {
  mkdirSync(folder);
  mkdirSync(join(folder, "empty directory"));
  writeFileSync(join(folder, "empty"), "");
  makeNoise(join(folder, "noise"), 3);
  writeFileSync(join(folder, "text"), "the same again\n".repeat(100_000));
  addSparse(join(folder, "sparse"), [0, SPARSE_SIZE / 2]);
  addSparse(join(folder, "hole at both ends"), [SPARSE_SIZE / 4]);
  addSparse(join(folder, "nothing but hole"), []);
}

function addSparse(path: string, offsets: readonly number[]): void {
  const fd = openSync(path, "w");
  for (const offset of offsets) writeSync(fd, "data", offset);
  ftruncateSync(fd, SPARSE_SIZE);
  closeSync(fd);
}

function addLinks(folder: string): void {
  mkdirSync(folder);
  writeFileSync(join(folder, "first"), "one file, three names");
  linkSync(join(folder, "first"), join(folder, "second"));
  linkSync(join(folder, "first"), join(folder, "third"));
  symlinkSync("first", join(folder, "relative"));
  symlinkSync("/etc/os-release", join(folder, "absolute"));
  symlinkSync("no/such/file", join(folder, "dangling"));
  symlinkSync("long/".repeat(60), join(folder, "long target"));
  linkSync(join(folder, "dangling"), join(folder, "second name of a symlink"));
  must("mkfifo", join(folder, "fifo"));
}

function addModes(folder: string): void {
  mkdirSync(folder);
  for (const mode of MODES) {
    const path = join(folder, mode.toString(8));
    writeFileSync(path, "");
    chmodSync(path, mode);
  }
  mkdirSync(join(folder, "private"));
  chmodSync(join(folder, "private"), 0o700);
}

/** Where setfattr(1) or the file system is without them, the tests of attributes skip. */
function addXattrs(folder: string): void {
  mkdirSync(folder);
  writeFileSync(join(folder, "file"), "");
  const values = { text: "value", empty: "", binary: "0x00ff0a", long: "x".repeat(3000) };
  for (const [name, value] of Object.entries(values)) {
    for (const path of [folder, join(folder, "file")]) {
      runAny("sh", ["-c", 'setfattr -n "$1" -v "$2" "$3"', "sh", `user.${name}`, value, path]);
    }
  }
}
