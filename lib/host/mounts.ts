/** The kernel's table of mounts, as this process sees it; proc_pid_mountinfo(5). */
import { readFileSync } from "node:fs";

export interface Mount {
  readonly path: string;
  readonly type: string;
  readonly source: string;
}

/** What is mounted on exactly this path, on top; the path must be free of symlinks. */
export function mountOn(path: string): Mount | undefined {
  return parseMountinfo(readFileSync("/proc/self/mountinfo", "utf8")).findLast(
    (mount) => mount.path === path,
  );
}

/** Mounts in the order they were made. */
export function parseMountinfo(text: string): Mount[] {
  return text.split("\n").filter(Boolean).map(parseLine);
}

function parseLine(line: string): Mount {
  const [left = "", right = ""] = line.split(" - ", 2);
  const [type = "", source = ""] = right.split(" ");
  return { path: decodeOctal(left.split(" ")[4] ?? ""), type, source: decodeOctal(source) };
}

/** Space, tab, newline and backslash are written as three octal digits. */
function decodeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
