/** Asking a real shell how it would complete a command line, with what is installed. */
import { join } from "node:path";
import { runLimited } from "./ch-run.ts";

export interface Shell {
  readonly name: string;
  /** What it offers at the end of a line, without order and repetition. */
  readonly offers: (line: string) => readonly string[];
}

const FOLDER = process.env["CH_STAGE_DATA"] ?? "";

/** bash calls the function with these variables, at the press of Tab. */
const BASH = `
file=$1 COMP_LINE=$2 COMP_POINT=\${#2}
. "$file" || exit
set -- $(complete -p "\${file##*/}")
while [[ $1 != -F ]]; do shift; done
COMPREPLY=()
"$2"
[[ ! $COMPREPLY ]] || printf '%s\\n' "\${COMPREPLY[@]}"`;

const FISH = `source $argv[1]; complete -C $argv[2] | string replace -r '\\t.*' ''; true`;

/** zsh completes on a terminal only. There, compadd is what offers. */
const ZSH = `
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PROMPT=; stty -echo; fpath=(\${(q)1} \\$fpath)"
zpty -w shell 'autoload -U compinit; compinit -u -D
compadd() {
  local word; local -a found
  for word; do
    [[ $word == (-|--) ]] && break
    [[ $word == -[[:alnum:]]#[OAD] ]] && { builtin compadd "$@"; return }
  done
  builtin compadd -O found "$@"
  for word in $found; do print "<$word>"; done
  builtin compadd "$@"
}
offer() { _main_complete; compstate[insert]=; compstate[list]=; print "<>"; exit }
zle -C offer list-choices offer; bindkey "^I" offer; print "<rea""dy>"'
zpty -r shell text '*<ready>*'
zpty -w -n shell "$2"$'\\t'
zpty -r shell text '*<>*'
print -r -- "$text"`;

/** The shells that there is a completion for. */
export const SHELLS: readonly Shell[] = [
  {
    name: "bash",
    offers: (line) => {
      const file = join(FOLDER, "bash-completion/completions", programOf(line));
      return ask("bash", ["--norc", "-c", BASH, "bash", file, line]).split("\n");
    },
  },
  {
    name: "fish",
    offers: (line) => {
      const file = join(FOLDER, "fish/vendor_completions.d", `${programOf(line)}.fish`);
      return ask("fish", ["-N", "-c", FISH, file, line]).split("\n");
    },
  },
  {
    name: "zsh",
    offers: (line) => {
      const text = ask("zsh", ["-f", "-c", ZSH, "zsh", join(FOLDER, "zsh/site-functions"), line]);
      return [...text.matchAll(/<([^>]+)>/g)].map(([, word = ""]) => word);
    },
  },
];

function programOf(line: string): string {
  return line.split(" ")[0] ?? "";
}

function ask(shell: string, args: readonly string[]): string {
  const { status, stdout, stderr } = runLimited(shell, args, {
    env: { HOME: "/nonexistent", TERM: "dumb" },
  });
  if (status !== 0 || stderr !== "") throw new Error(`${shell}: status ${status}: ${stderr}`);
  return stdout;
}

/** Sorted, once each, without what means nothing. */
export function offered(shell: Shell, line: string): readonly string[] {
  return [...new Set(shell.offers(line).filter(Boolean))].sort();
}
