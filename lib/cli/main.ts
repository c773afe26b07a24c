/**
 * The one main of all front ends: it turns the command line into a call, errors into a message and
 * an exit status, and signals into an orderly end.
 */
import { inspect } from "node:util";
import { errorHint, errorText, FatalError, STATUS_FAILURE, usageError } from "../base/error.ts";
import { DEBUG, Log, type LogForm, NORMAL, QUIET, VERBOSE } from "../base/log.ts";
import { logForm } from "../base/log-form.ts";
import { writeOutput } from "../base/output.ts";
import { VERSION } from "../base/version.ts";
import { type Arguments, parseArguments, spellOut } from "./arguments.ts";
import { type Command, commandOptions, commandUsage } from "./command.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Run a command with the arguments of this process; sets the exit status. */
export async function main(command: Command): Promise<void> {
  const stop = abortOnSignals();
  let form: LogForm = {};
  try {
    form = logForm(process.env);
    await answer(command, form, stop.signal);
  } catch (error) {
    if (stop.signal.aborted) dieOf(stop.signal.reason);
    process.exitCode = report(error, new Log(command.name, NORMAL, form));
  }
}

async function answer(command: Command, form: LogForm, signal: AbortSignal): Promise<void> {
  const options = commandOptions(command);
  const spelled = spellOut(process.argv.slice(2), options);
  if (spelled.words.includes("--help")) {
    const { helpText } = await import("./help.ts");
    writeOutput(helpText(command, spelled.operands[0]));
  } else if (spelled.words.includes("--version")) {
    writeOutput(`${VERSION}\n`);
  } else {
    const args = await parseArguments(spelled, options);
    checkOperands(args, command);
    const log = new Log(command.name, verbosity(args, form), form);
    await command.run(args, { log, signal });
  }
}

function checkOperands(args: Arguments, command: Command): void {
  const { operands: given } = args;
  const question = command.options.find(
    ({ name, withoutOperands }) => withoutOperands && args.count(name) > 0,
  );
  const wanted = question ? [] : command.operands;
  const hint = `usage: ${commandUsage(command)}`;
  const missing = wanted[given.length];
  if (missing && !missing.optional) throw usageError(`operand ${missing.name} is missing`, hint);
  const extra = given[wanted.length];
  if (extra === undefined || wanted.some(({ repeatable }) => repeatable)) return;
  if (question) throw usageError(`--${question.name} takes no operand: "${extra}"`);
  throw usageError(`one operand too many: "${extra}"`, hint);
}

/** A file is there for more than what a terminal is told. */
function verbosity(args: Arguments, { fd }: LogForm): number {
  const verbose = args.count("verbose");
  const least = fd === undefined ? NORMAL : VERBOSE;
  if (args.count("quiet") === 0) return Math.max(least, Math.min(verbose, DEBUG));
  if (verbose > 0) throw usageError("--quiet and --verbose exclude each other");
  return QUIET;
}

/** The first signal asks for an orderly end; a second one of its kind does what it always does. */
function abortOnSignals(): AbortController {
  const controller = new AbortController();
  for (const signal of SIGNALS) process.once(signal, () => controller.abort(signal));
  return controller;
}

/** End as whoever sent the signal expects: killed by it. */
function dieOf(signal: NodeJS.Signals): never {
  for (const name of SIGNALS) process.removeAllListeners(name);
  process.kill(process.pid, signal);
  throw new Error(`still alive after ${signal}`);
}

function report(error: unknown, log: Log): number {
  if (!isForUser(error)) {
    log.error(`internal error: ${error instanceof Error ? error.stack : String(error)}`);
    return STATUS_FAILURE;
  }
  log.error(errorText(error));
  const hint = errorHint(error);
  if (hint) log.hint(hint);
  if (wantsTrace(process.argv)) log.notice(inspect(error));
  return error instanceof FatalError ? error.status : STATUS_FAILURE;
}

/** Whatever else may be wrong with the command line. */
function wantsTrace(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  return argv.slice(0, end === -1 ? undefined : end).includes("--debug");
}

/** Our own errors, the C core's and failed system calls; a TypeError, say, is a mistake of ours. */
function isForUser(error: unknown): error is Error {
  return error instanceof FatalError || (error instanceof Error && error.name === "Error");
}
