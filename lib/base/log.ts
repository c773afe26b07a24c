/**
 * What a front end says: results on standard output, everything else on standard error, each line
 * with the program's name and process id.
 */
import { type Meter, startMeter } from "./progress.ts";

export const QUIET = -1;
export const NORMAL = 0;
export const VERBOSE = 1;
export const DEBUG = 2;

export class Log {
  readonly program: string;
  readonly verbosity: number;

  constructor(program: string, verbosity: number) {
    this.program = program;
    this.verbosity = verbosity;
  }

  /** A result, for people and scripts; silent under --quiet. */
  print(line: string): void {
    if (this.verbosity > QUIET) process.stdout.write(`${line}\n`);
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
    process.stderr.write(`${this.program}[${process.pid}]: ${text}\n`);
  }
}

function writeRaw(text: string): void {
  process.stderr.write(text);
}
