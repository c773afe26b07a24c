/**
 * Errors that a user sees. They are worded where the fact is known, travel up unchanged, and are
 * printed once, by main.
 */
import { constants } from "node:os";
import { getSystemErrorMap } from "node:util";

export const STATUS_FAILURE = 1;
export const STATUS_USAGE = 2;

/** What network file systems and quotas answer, and Node.js has no names for. */
const FURTHER_ERRORS: ReadonlyMap<number, readonly [string, string]> = new Map([
  [-constants.errno.EDQUOT, ["EDQUOT", "Disk quota exceeded"]],
  [-constants.errno.ESTALE, ["ESTALE", "Stale file handle"]],
]);

export interface FatalErrorOptions {
  /** What the user or the admin can do about it. */
  readonly hint?: string | undefined;
  /** Exit status; 1 unless said otherwise. */
  readonly status?: number;
  readonly cause?: unknown;
}

export class FatalError extends Error {
  readonly hint: string | undefined;
  readonly status: number;

  constructor(message: string, options: FatalErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.name = "FatalError";
    this.hint = options.hint;
    this.status = options.status ?? STATUS_FAILURE;
  }
}

/** A command line that cannot be meant. */
export function usageError(message: string, hint?: string): FatalError {
  return new FatalError(message, { hint, status: STATUS_USAGE });
}

/** `cannot ACTION "SUBJECT": CAUSE`, from a failed call. */
export function failure(action: string, subject: string, cause: unknown): FatalError {
  return new FatalError(`cannot ${action} "${subject}": ${causeText(cause)}`, { cause });
}

/** The same, from an error that has words of its own: they are kept, and its hint. */
export function step(action: string, subject: string, cause: unknown): FatalError {
  const words = cause instanceof Error ? cause.message : String(cause);
  const message = words.includes(`"${subject}"`)
    ? words
    : `cannot ${action} "${subject}": ${words}`;
  return new FatalError(message, { hint: errorHint(cause), cause });
}

/** What went wrong, in the words of strerror(3) where it was a system call. */
export function causeText(cause: unknown): string {
  const errno = Number(property(cause, "errno"));
  const known = FURTHER_ERRORS.get(errno) ?? getSystemErrorMap().get(errno);
  if (known) return known[1].charAt(0).toUpperCase() + known[1].slice(1);
  return cause instanceof Error ? cause.message : String(cause);
}

/** The whole message; that of a failed system call which nobody worded is Node.js's, for programmers. */
export function errorText(error: Error): string {
  const [call, path] = [property(error, "syscall"), property(error, "path")];
  if (error instanceof FatalError || typeof call !== "string") return error.message;
  return typeof path === "string" && path !== ""
    ? failure(call, path, error).message
    : `cannot ${call}: ${causeText(error)}`;
}

/** Of a host with several addresses, each has its own error. */
export function firstCause(error: unknown): unknown {
  return error instanceof AggregateError ? (error.errors[0] ?? error) : error;
}

/** The errno name of a failed system call ("ENOENT"), whoever made the call. */
export function errorCode(error: unknown): string | undefined {
  const further = FURTHER_ERRORS.get(Number(property(error, "errno")));
  if (further) return further[0];
  const code = property(error, "code");
  return typeof code === "string" ? code : undefined;
}

/** The hint of a FatalError or of an error of the native module. */
export function errorHint(error: unknown): string | undefined {
  const hint = property(error, "hint");
  return typeof hint === "string" ? hint : undefined;
}

function property(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Reflect.get(value, name);
}
