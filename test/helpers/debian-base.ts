/** A system to start from: the required packages of this Debian host, as they are installed. */
import { lstatSync, mkdirSync, readdirSync, realpathSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { must, runAny } from "./program.ts";

export const HAS_PACKAGES = runAny("sh", ["-c", "command -v dpkg-query"]).status === 0;
export const NO_PACKAGES = "no packages of Debian here: dpkg-query is missing";

/** All that the required packages hold, and we may read. */
export function makeBase(folder: string): string {
  const script = `packages=$(dpkg-query -W -f='\${Package} \${Priority}\\n' | sed -n 's/ required$//p')
    dpkg-query -L $packages`;
  const found = must("sh", "-c", script)
    .split("\n")
    .filter((line) => line.startsWith("/"));
  const list = join(folder, "list");
  const roots = ["bin", "sbin", "lib", "lib64"];
  writeFileSync(list, [...new Set([...roots, ...found.flatMap(placeOf)])].sort().join("\n"));
  const base = join(folder, "base");
  mkdirSync(base);
  must(
    "sh",
    "-c",
    'tar -C / --no-recursion -T "$1" --ignore-failed-read -cf "$2.tar" 2>/dev/null',
    "sh",
    list,
    base,
  );
  must("tar", "-C", base, "-xpf", `${base}.tar`);
  return base;
}

/** Packages still name what is in /usr/bin as in /bin. */
function placeOf(path: string): readonly string[] {
  if (path === "/." || path.includes("\\") || !lstatSync(path, { throwIfNoEntry: false }))
    return [];
  return [join(realpathSync(dirname(path)), basename(path)).slice(1)];
}

interface Entry {
  /** From the root. */
  readonly name: string;
  readonly kind: "file" | "symlink" | "other";
}

/** What is in a folder of it, and below. */
export function entriesOf(base: string, folder: string): readonly Entry[] {
  const entries = readdirSync(join(base, folder), { recursive: true, withFileTypes: true });
  return entries.map((entry) => {
    const name = join(entry.parentPath, entry.name).slice(base.length + 1);
    return { name, kind: entry.isFile() ? "file" : entry.isSymbolicLink() ? "symlink" : "other" };
  });
}
