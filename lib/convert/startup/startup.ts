/**
 * Which files of an image are read when a program starts: what the image says it runs, the shells
 * and interpreters that are there, what "#!" leads to, their dynamic loader and the libraries that
 * they need, as far as the files themselves say. What a program opens by itself only a profile can
 * tell.
 */
import { parseElf } from "./elf.ts";
import { entryWords } from "./entry.ts";
import type { ImageTree } from "./inside.ts";
import { Libraries } from "./libraries.ts";

const PROGRAMS = [
  ...["sh", "env", "bash", "dash", "ash", "zsh"],
  ...["perl", "python3", "python", "ruby", "lua"],
];
const PATH = ["usr/local/sbin", "usr/local/bin", "usr/sbin", "usr/bin", "sbin", "bin"];
/** Read by the C library whatever the program is. */
const ALWAYS = ["etc/ld.so.cache", "etc/nsswitch.conf"];
/** The kernel reads no more of a script's first line. */
const FIRST_LINE = 256;

/** Their paths in the tree, those that are needed first before the others. */
export function startupFiles(tree: ImageTree): string[] {
  const libraries = new Libraries(tree);
  const found = new Set(ALWAYS.flatMap((path) => tree.findFile(path) ?? []));
  const named = entryWords(tree).flatMap((word) => findNamed(tree, word) ?? []);
  const waiting = [...named, ...PROGRAMS.flatMap((name) => findProgram(tree, name) ?? [])];
  for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
    if (found.has(file)) continue;
    found.add(file);
    waiting.unshift(...neededBy(file, tree, libraries));
  }
  return [...found];
}

function findProgram(tree: ImageTree, name: string): string | undefined {
  return PATH.flatMap((folder) => tree.findFile(`${folder}/${name}`) ?? [])[0];
}

/** A program in $PATH, or whatever file it is that a path leads to. */
function findNamed(tree: ImageTree, word: string): string | undefined {
  return word.includes("/") ? tree.findFile(word) : findProgram(tree, word);
}

function neededBy(file: string, tree: ImageTree, libraries: Libraries): string[] {
  const bytes = tree.read(file);
  if (!bytes) return [];
  const elf = parseElf(bytes);
  if (elf) return [...loaderOf(elf.interpreter, tree), ...libraries.neededBy(file, elf)];
  return interpretersOf(bytes).flatMap((program) => findNamed(tree, program) ?? []);
}

function loaderOf(interpreter: string | undefined, tree: ImageTree): string[] {
  const loader = interpreter === undefined ? undefined : tree.findFile(interpreter);
  return loader === undefined ? [] : [loader];
}

/** The program of a script's first line, and the one that env(1) is to find in $PATH. */
export function interpretersOf(script: Buffer): string[] {
  const line = script.toString("latin1", 0, FIRST_LINE).split("\n", 1)[0] ?? "";
  if (!line.startsWith("#!")) return [];
  const [program = "", ...words] = line.slice(2).trim().split(/\s+/);
  const isEnv = program.endsWith("/env");
  const named = isEnv ? words.find((word) => !/^-|=/.test(word)) : undefined;
  return [program, named ?? ""].filter(Boolean);
}
