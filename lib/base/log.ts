/**
 * What a front end says: results on standard output, everything else on standard error or in a file
 * instead, each line with the program's name and process id.
 */
import { writeSync } from "node:fs";
import { writeOutput } from "./output.ts";
import { type Meter, startMeter } from "./progress.ts";

export const QUIET = -1;
export const NORMAL = 0;
export const VERBOSE = 1;
export const DEBUG = 2;

/** Where lines go, and what they look like. */
export interface LogForm {
  /** A file to append to, instead of standard error. */
  readonly fd?: number | undefined;
  /** Each line begins with the time. */
  readonly isTimed?: boolean;
}

export class Log {
  readonly program: string;
  readonly verbosity: number;
  readonly #form: LogForm;

  constructor(program: string, verbosity: number, form: LogForm = {}) {
    this.program = program;
    this.verbosity = verbosity;
    this.#form = form;
  }

  /** What was asked for, also under --quiet: a list, JSON, what would be done. */
  print(line: string): void {
    writeOutput(`${line}\n`);
  }

  /** What has been done; silent under --quiet. */
  tell(line: string): void {
    if (this.verbosity > QUIET) this.print(line);
  }

  error(message: string): void {
    this.#write(`error: ${message}`);
  }

  hint(message: string): void {
    this.#write(`hint: ${message}`);
  }

  warning(message: string): void {
    if (this.verbosity > QUIET) this.#write(`warning: ${message}`);
  }

  /** A line that belongs to normal work but is no result. */
  notice(message: string): void {
    if (this.verbosity > QUIET) this.#write(message);
  }

  /** What is being done; with --verbose. */
  info(message: string): void {
    if (this.verbosity >= VERBOSE) this.#write(message);
  }

  /** How it is being done; with --verbose twice. */
  debug(message: string): void {
    if (this.verbosity >= DEBUG) this.#write(message);
  }

  /** A progress line on a terminal, and a line now and then elsewhere. */
  meter(label: string, total?: number): Meter {
    if (this.verbosity <= QUIET) return startMeter({ label, total });
    if (process.stderr.isTTY) return startMeter({ label, total, write: writeRaw });
    return startMeter({ label, total, print: (line) => this.notice(line) });
  }

  #write(text: string): void {
    const { fd, isTimed } = this.#form;
    const time = isTimed ? `${new Date().toISOString()} ` : "";
    const line = `${time}${this.program}[${process.pid}]: ${text}\n`;
    if (fd === undefined) process.stderr.write(line);
    else writeSync(fd, line);
  }
}

function writeRaw(text: string): void {
  process.stderr.write(text);
}
