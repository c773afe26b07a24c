/**
 * Options are declared once, in a table per command. What is parsed, what --help prints and what
 * the man page says all come from it.
 */

export interface Option {
  /** Long name, without dashes. */
  readonly name: string;
  readonly short?: string;
  /** What its argument is called ("FORMAT"); an option without one is a switch. */
  readonly argument?: string;
  /** A switch that also exists as --no-NAME. */
  readonly negatable?: boolean;
  /** May be given more than once. */
  readonly repeatable?: boolean;
  /** A switch that turns the command into a question: there are no operands then. */
  readonly withoutOperands?: boolean;
  /** What it does, in the imperative; one sentence or two. */
  readonly text: string;
}

/** What every command understands. */
export const COMMON_OPTIONS: readonly Option[] = [
  {
    name: "quiet",
    short: "q",
    text: "print nothing but errors and what is asked for, as lists and JSON",
  },
  {
    name: "verbose",
    short: "v",
    repeatable: true,
    text: "say what is done; given twice, also the programs that are started",
  },
  { name: "debug", text: "after an error, print where in the program it comes from" },
  { name: "help", text: "print this help and exit" },
  { name: "version", short: "V", text: "print the version and exit" },
];

/** Every spelling of an option: `-i, --in-fmt=FORMAT`, `--xattrs, --no-xattrs`. */
export function optionSynopsis({ name, short, argument, negatable }: Option): string {
  const value = argument ? `=${argument}` : "";
  const long = `--${name}${value}`;
  const spellings = short ? [`-${short}`, long] : [long];
  return (negatable ? [...spellings, `--no-${name}`] : spellings).join(", ");
}
