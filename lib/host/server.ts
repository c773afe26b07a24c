/**
 * Mounting a SquashFS image for as long as somebody wants it: a server process of its own
 * (squashfs-server.ts) keeps it mounted until it is unmounted.
 */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { causeText, FatalError } from "../base/error.ts";
import { killGroup, startDaemon } from "../base/process.ts";
import type { Task } from "../base/task.ts";
import type { Mounting } from "../native/squashfs.ts";

/** What the server says when it cannot mount. */
export interface ServerReport {
  readonly message: string;
  readonly hint?: string | undefined;
}

/** Start a server for the image; returns when it is mounted. */
export async function mountImage(mounting: Mounting, task: Task): Promise<void> {
  const { image, mountpoint, offset } = mounting;
  task.signal.throwIfAborted();
  const server = fileURLToPath(new URL("./squashfs-server.cjs", import.meta.url));
  const stdio = ["ignore", "ignore", "pipe", "pipe"] as const;
  const child = startDaemon(process.execPath, [server, image, mountpoint, `${offset}`], [...stdio]);
  const kill = (): void => killGroup(child);
  task.signal.addEventListener("abort", kill);
  try {
    await ready(child);
    task.signal.throwIfAborted();
  } catch (error) {
    kill();
    // As long as it has not ended, it may yet mount, and what it has mounted is busy.
    await ended(child);
    throw error;
  } finally {
    task.signal.removeEventListener("abort", kill);
    letGo(child);
  }
}

/** Wait until the server says that the image is mounted, or has ended instead. */
function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    child.stdio[3]?.once("data", () => resolve());
    child.once("error", (error) => reject(new FatalError(causeText(error), { cause: error })));
    child.once("close", () => reject(serverError(said)));
  });
}

async function ended(child: ChildProcess): Promise<void> {
  const runs = child.pid !== undefined && child.exitCode === null && child.signalCode === null;
  if (runs) await once(child, "exit");
}

/** Nothing of the server may keep us from ending. */
function letGo(child: ChildProcess): void {
  for (const stream of child.stdio) stream?.destroy();
  child.unref();
}

/** The last line is the server's report; before it may be words of fusermount3. */
export function serverError(said: string): FatalError {
  const lines = said.trim().split("\n");
  const report = parseReport(lines.at(-1) ?? "");
  const own = report?.message ?? (lines.at(-1) || "the server ended without a word");
  const helper = report && lines.length > 1 ? ` (${lines.at(-2)})` : "";
  return new FatalError(own + helper, { hint: report?.hint });
}

function parseReport(line: string): ServerReport | undefined {
  if (!line.startsWith("{")) return undefined;
  const { message, hint } = JSON.parse(line) as Partial<ServerReport>;
  return message === undefined ? undefined : { message, hint };
}
