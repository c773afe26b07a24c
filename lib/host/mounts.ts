/** The kernel's table of mounts, as this process sees it; proc_pid_mountinfo(5). */
import { readFileSync, realpathSync } from "node:fs";

export interface Mount {
  readonly path: string;
  readonly type: string;
  readonly source: string;
  /** Uid of whoever has mounted it, where it is a FUSE mount. */
  readonly user?: number;
}

/** What is mounted on exactly this path, on top; the path must be free of symlinks. */
export function mountOn(path: string): Mount | undefined {
  return listMounts().findLast((mount) => mount.path === path);
}

/** The mount that a file is in; undefined if that cannot be told. */
export function mountOf(path: string): Mount | undefined {
  try {
    const real = `${realpathSync(path)}/`;
    return listMounts()
      .filter((mount) => real.startsWith(mount.path.replace(/\/?$/, "/")))
      .sort((a, b) => a.path.length - b.path.length)
      .at(-1);
  } catch {
    return undefined;
  }
}

/** Everything that is mounted, in the order it was. */
export function listMounts(): Mount[] {
  return parseMountinfo(readFileSync("/proc/self/mountinfo", "utf8"));
}

/** Mounts in the order they were made. */
export function parseMountinfo(text: string): Mount[] {
  return text.split("\n").filter(Boolean).map(parseLine);
}

function parseLine(line: string): Mount {
  const [left = "", right = ""] = line.split(" - ", 2);
  const [type = "", source = "", options = ""] = right.split(" ");
  const user = /(?:^|,)user_id=(\d+)/.exec(options)?.[1];
  const mount = { path: decodeOctal(left.split(" ")[4] ?? ""), type, source: decodeOctal(source) };
  return user === undefined ? mount : { ...mount, user: Number(user) };
}

/** Space, tab, newline and backslash are written as three octal digits. */
function decodeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
