/**
 * Who keeps a mount busy: processes whose working directory, root, program, open or mapped file lies
 * on it. A process in another mount namespace holds a mount of its own, and is passed over; so is
 * what the user may not look at.
 */
import { descriptorsOf, linkOf, nameOf, processIds, readProc } from "./processes.ts";

export interface Holder {
  readonly pid: number;
  readonly name: string;
  /** What of it lies on the mount, for people: "working directory". */
  readonly use: string;
}

const LINKS: readonly (readonly [name: string, use: string])[] = [
  ["cwd", "working directory"],
  ["root", "root directory"],
  ["exe", "program"],
];

/** The processes that hold the mount on `path`, which is free of symlinks. */
export function holdersOf(path: string): Holder[] {
  const ours = linkOf("self", "ns/mnt");
  return processIds().flatMap((pid) => {
    if (pid === process.pid || linkOf(pid, "ns/mnt") !== ours) return [];
    const use = useOf(pid, path);
    return use === undefined ? [] : [{ pid, name: nameOf(pid), use }];
  });
}

function useOf(pid: number, path: string): string | undefined {
  const lies = (target: string | undefined): boolean =>
    target === path || (target?.startsWith(`${path}/`) ?? false);
  const link = LINKS.find(([name]) => lies(linkOf(pid, name)));
  if (link) return link[1];
  const file = descriptorsOf(pid)
    .map((fd) => linkOf(pid, `fd/${fd}`))
    .find(lies);
  if (file !== undefined) return `open file ${file}`;
  const mapped = mappedFiles(readProc(pid, "maps")).find(lies);
  return mapped === undefined ? undefined : `mapped file ${mapped}`;
}

/** Paths of /proc/PID/maps; a newline in a name is an octal number there. */
export function mappedFiles(maps: string): string[] {
  const paths = maps.split("\n").flatMap((line) => /^(?:\S+ +){5}(\/.*)$/.exec(line)?.[1] ?? []);
  return [...new Set(paths)].map((path) => path.replaceAll("\\012", "\n"));
}
