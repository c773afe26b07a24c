/** The processes of this host, as far as the user may look at them; proc(5). */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Process ids, in ascending order. */
export function processIds(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
}

/** The arguments of a process; none if it has ended, or is the kernel's. */
export function argumentsOf(pid: number): string[] {
  return readProc(pid, "cmdline").split("\0").slice(0, -1);
}

/** What a process calls itself. */
export function nameOf(pid: number): string {
  return readProc(pid, "comm").trim();
}

/** A file of /proc/PID; empty if it may not be read, or the process has ended. */
export function readProc(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch {
    return "";
  }
}

/** Where a link of /proc/PID leads, by its text: nothing is looked at that might not answer. */
export function linkOf(pid: number | "self", name: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/${name}`);
  } catch {
    return undefined;
  }
}

/** The open descriptors of a process. */
export function descriptorsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`);
  } catch {
    return [];
  }
}
