/**
 * Asking at the terminal. It is in raw mode meanwhile, so that a password is not shown, and is given
 * back as it was on every way out: an answer, Ctrl-C, a signal.
 */
import { FatalError } from "../base/error.ts";
import type { Task } from "../base/task.ts";

const [INTERRUPT, END, BACKSPACE, ERASE, KILL] = ["\u0003", "\u0004", "\b", "\u007f", "\u0015"];

export interface Question {
  readonly text: string;
  /** The answer is not shown. */
  readonly secret: boolean;
  /** What to do where nobody can be asked. */
  readonly otherwise?: string;
}

/** Ask the user; throws if there is no terminal. */
export async function ask(
  { text, secret, otherwise }: Question,
  { signal }: Task,
): Promise<string> {
  const { stdin, stderr } = process;
  const hint = otherwise;
  if (!stdin.isTTY) throw new FatalError(`cannot ask for the ${text}: no terminal`, { hint });
  stdin.setEncoding("utf8");
  stdin.setRawMode(true);
  stderr.write(`${text}: `);
  try {
    return await readLine(secret ? () => {} : (shown) => void stderr.write(shown), signal);
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write("\n");
  }
}

function readLine(echo: (text: string) => void, signal: AbortSignal): Promise<string> {
  const { stdin } = process;
  let line = "";
  return new Promise((resolve, reject) => {
    const end = (settle: () => void): void => {
      stdin.off("data", take);
      signal.removeEventListener("abort", abort);
      settle();
    };
    const abort = (): void => end(() => reject(signal.reason));
    const take = (text: string): void => {
      for (const key of text) {
        if (key === "\r" || key === "\n") end(() => resolve(line));
        else if (key === END) end(() => reject(new FatalError("nothing was entered")));
        else if (key === INTERRUPT) process.kill(process.pid, "SIGINT");
        else line = edited(line, key, echo);
      }
    };
    stdin.on("data", take);
    signal.addEventListener("abort", abort);
    stdin.resume();
  });
}

function edited(line: string, key: string, echo: (text: string) => void): string {
  if (key !== BACKSPACE && key !== ERASE && key !== KILL) {
    echo(key);
    return line + key;
  }
  const kept = key === KILL ? [] : [...line].slice(0, -1);
  echo("\b \b".repeat([...line].length - kept.length));
  return kept.join("");
}
