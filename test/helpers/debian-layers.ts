/**
 * Six layers as images really have them: the required packages of this Debian host, and above them
 * an upgrade, a slimming, a reorganisation, a reset of folders, and links and attributes.
 */
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { entriesOf, makeBase } from "./debian-base.ts";
import { makeTree } from "./layer.ts";
import { must, runAny } from "./program.ts";

/** Make an archive for each layer, the oldest first. */
export function makeDebianLayers(folder: string): readonly string[] {
  mkdirSync(folder);
  const base = makeBase(folder);
  const trees = [
    base,
    upgrade(base, join(folder, "upgrade")),
    slim(base, join(folder, "slim")),
    reorganise(base, join(folder, "reorganise")),
    reset(join(folder, "reset")),
    embellish(base, join(folder, "embellish")),
  ];
  const archives = trees.map(pack);
  // What is left is a hard link to a file of the base.
  must("tar", "--delete", "-f", archives.at(-1) ?? "", "./usr/bin/env");
  return archives;
}

function pack(tree: string): string {
  const options = ["--xattrs", "--sort=name", "--owner=0", "--group=0"];
  must("tar", ...options, "-C", tree, "-cf", `${tree}.tar`, ".");
  return `${tree}.tar`;
}

/** Like apt-get upgrade: programs are others now, libraries have other names. */
function upgrade(base: string, tree: string): string {
  const programs = entriesOf(base, "usr").filter(
    ({ name, kind }) => kind === "file" && isProgram(name),
  );
  for (const { name } of programs.filter(({ name }, at) => at % 5 === 0 || isSetuid(base, name))) {
    replace(base, tree, name);
  }
  const libraries = entriesOf(base, "usr/lib").filter(
    ({ name, kind }) => kind === "symlink" && /\.so\.\d+$/.test(name),
  );
  for (const { name } of libraries) renew(base, tree, name);
  return makeTree(tree, { "var/lib/dpkg/status": "Package: everything\n" });
}

function isProgram(name: string): boolean {
  return /^usr\/(?:s?bin|lib|share\/perl5)\//.test(name) && !/\.so\./.test(name);
}

function isSetuid(base: string, name: string): boolean {
  return (lstatSync(join(base, name)).mode & 0o6000) !== 0;
}

/** Another content, the same mode. */
function replace(base: string, tree: string, name: string, target = name): void {
  const [from, to] = [join(base, name), join(tree, target)];
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
  chmodSync(to, 0o600);
  appendFileSync(to, "upgraded\n");
  chmodSync(to, lstatSync(from).mode & 0o7777);
}

/** The file that a symlink leads to has another name, and the old one is gone. */
function renew(base: string, tree: string, name: string): void {
  const target = readlinkSync(join(base, name));
  const file = join(dirname(name), target);
  if (target.includes("/") || !lstatSync(join(base, file), { throwIfNoEntry: false })?.isFile())
    return;
  replace(base, tree, file, `${file}.1`);
  symlinkSync(`${target}.1`, join(tree, name));
  writeFileSync(join(tree, dirname(name), `.wh.${target}`), "");
}

/** No documentation, and of time zones every third. */
function slim(base: string, tree: string): string {
  makeTree(tree, { "usr/share/.wh.doc": "", "usr/share/.wh.man": "", "usr/share/.wh.locale": "" });
  const zones = entriesOf(base, "usr/share/zoneinfo").filter(({ kind }) => kind !== "other");
  for (const { name } of zones.filter((_, at) => at % 3 > 0)) {
    makeTree(tree, { [join(dirname(name), `.wh.${basename(name)}`)]: "" });
  }
  return tree;
}

/** A folder becomes a symlink, another a file, a symlink a folder. */
function reorganise(base: string, tree: string): string {
  makeTree(tree, {
    "usr/lib/zoneinfo/Etc/UTC": "moved",
    "usr/share/perl5": "a file now",
    "usr/lib/.wh.os-release": "",
  });
  symlinkSync("../lib/zoneinfo", join(makeTree(tree, { "usr/share/": "" }), "usr/share/zoneinfo"));
  const [link] = entriesOf(base, "usr/bin").filter(({ kind }) => kind === "symlink");
  return makeTree(tree, { [`${link?.name}/inside`]: "x" });
}

/** Folders with nothing of older layers in them; one is where a symlink was. */
function reset(tree: string): string {
  return makeTree(tree, {
    "etc/pam.d/.wh..wh..opq": "",
    "etc/pam.d/only": "x",
    "usr/share/zoneinfo/.wh..wh..opq": "",
    "usr/share/zoneinfo/Etc/": "",
    "usr/sbin/.wh..wh..opq": "",
    "var/cache/": "",
  });
}

/** Hard links within the layer and into the base, attributes, modes, and kinds. */
function embellish(base: string, tree: string): string {
  makeTree(tree, {
    "opt/one": "x".repeat(9999),
    "opt/secret": "s",
    "opt/drop/": "",
    "usr/bin/": "",
  });
  linkSync(join(tree, "opt/one"), join(tree, "opt/two"));
  copyFileSync(join(base, "usr/bin/env"), join(tree, "usr/bin/env"));
  linkSync(join(tree, "usr/bin/env"), join(tree, "usr/bin/env-linked"));
  chmodSync(join(tree, "opt/one"), 0o6755);
  chmodSync(join(tree, "opt/secret"), 0o400);
  chmodSync(join(tree, "opt/drop"), 0o1777);
  must("mkfifo", join(tree, "opt/fifo"));
  must("truncate", "-s", "5M", join(tree, "opt/sparse"));
  runAny("setfattr", ["-n", "user.origin", "-v", "test", join(tree, "opt/one")]);
  return tree;
}
