/**
 * Where the dynamic loader of an image looks for libraries: ld.so(8). The folders that ldconfig(8)
 * was told of stand in the image's /etc/ld.so.conf, which is read here instead of its cache.
 */
import { dirname } from "node:path/posix";
import { type Elf, parseElf } from "./elf.ts";
import type { ImageTree } from "./inside.ts";

const CONFIGURATION = "etc/ld.so.conf";
const ALWAYS = ["/lib64", "/usr/lib64", "/lib", "/usr/lib", "/usr/local/lib"];
const MOST_INCLUDES = 64;

export class Libraries {
  readonly #tree: ImageTree;
  readonly #folders: readonly string[];

  constructor(tree: ImageTree) {
    this.#tree = tree;
    this.#folders = [...configuredFolders(tree), ...ALWAYS];
  }

  /** The files that an object of the tree needs; those that are not there are left out. */
  neededBy(object: string, elf: Elf): string[] {
    const own = elf.searched.map((folder) => replaceOrigin(folder, dirname(object)));
    const beside = elf.interpreter === undefined ? [] : [dirname(elf.interpreter)];
    const folders = [...own, ...this.#folders, ...beside];
    return elf.needed.flatMap((name) => this.#find(name, folders, elf) ?? []);
  }

  #find(name: string, folders: readonly string[], { kind }: Elf): string | undefined {
    const paths = name.includes("/") ? [name] : folders.map((folder) => `${folder}/${name}`);
    const fits = (path: string): boolean => {
      const bytes = this.#tree.read(path);
      return bytes !== undefined && parseElf(bytes)?.kind === kind;
    };
    return paths.flatMap((path) => this.#tree.findFile(path) ?? []).find(fits);
  }
}

function replaceOrigin(folder: string, origin: string): string {
  return folder.replace(/\$(?:ORIGIN\b|\{ORIGIN\})/g, `/${origin}`);
}

function configuredFolders(tree: ImageTree): string[] {
  const folders: string[] = [];
  const files = [CONFIGURATION];
  for (let index = 0; index < Math.min(files.length, MOST_INCLUDES); index++) {
    const { included, named } = parseConfiguration(textOf(tree, files[index] ?? ""));
    folders.push(...named);
    files.push(...included.flatMap((pattern) => expand(tree, pattern)));
  }
  return folders;
}

function textOf(tree: ImageTree, path: string): string {
  const file = tree.findFile(path);
  return (file === undefined ? undefined : tree.read(file))?.toString("latin1") ?? "";
}

interface Configuration {
  readonly included: readonly string[];
  readonly named: readonly string[];
}

function parseConfiguration(text: string): Configuration {
  const lines = text.split("\n").map((line) => line.replace(/#.*/, "").trim());
  const included = lines.flatMap((line) => /^include\s+(.*)/.exec(line)?.[1]?.split(/\s+/) ?? []);
  return { included, named: lines.filter((line) => line.startsWith("/")) };
}

/** A pattern with stars in its last part, which is how includes are written. */
function expand(tree: ImageTree, pattern: string): string[] {
  const path = pattern.startsWith("/") ? pattern : `/etc/${pattern}`;
  const folder = dirname(path);
  const words = path.slice(folder.length).replace(/^\//, "").split("*").map(escapeWord);
  const wanted = new RegExp(`^${words.join(".*")}$`);
  return tree
    .list(folder)
    .filter((name) => wanted.test(name))
    .map((name) => `${folder}/${name}`);
}

function escapeWord(word: string): string {
  return word.replace(/[\\^$.|?+()[\]{}]/g, "\\$&");
}
