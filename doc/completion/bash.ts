/**
 * Completion for bash, by itself: bash-completion finds the file, but none of its functions are
 * needed. Words are taken from $COMP_LINE, since bash breaks $COMP_WORDS at "=" and ":", too; what
 * is answered then has to begin after the "=".
 */
import { type Argument, argumentSpellings, functionName, type Program } from "./program.ts";

export function bashCompletion(program: Program): string {
  const name = functionName(program);
  return `# Completion of ${program.name} for bash, made from the table of its options.

${name}_values()
{
    case $1 in
${valueCases(program)}
    esac
}

${name}()
{
    local words word current waiting= operand=
    read -ra words <<<"\${COMP_LINE:0:COMP_POINT}x"
    current=\${words[-1]%x}
    for word in "\${words[@]:1:\${#words[@]}-2}"; do
        if [[ $waiting ]]; then
            waiting=
            continue
        fi
        case $word in
${waitingCase(program)}        -*) ;;
        *) operand=$word${program.optionsFirst ? "; break" : ""} ;;
        esac
    done
    COMPREPLY=()
${replies(program, name)}
}

complete -o filenames -F ${name} ${program.name}
`;
}

/** An option whose argument is the next word. */
function waitingCase(program: Program): string {
  const spellings = argumentSpellings(program);
  return spellings.length > 0 ? `        ${spellings.join(" | ")}) waiting=$word ;;\n` : "";
}

function replies(program: Program, name: string): string {
  const optionsEnd = program.optionsFirst ? "! $operand && " : "";
  return `    if [[ $waiting ]]; then
        mapfile -t COMPREPLY < <(${name}_values "$waiting" "$current")
    elif [[ ${optionsEnd}$current == --*=* ]]; then
        mapfile -t COMPREPLY < <(${name}_values "\${current%%=*}" "\${current#*=}")
        [[ $COMP_WORDBREAKS == *=* ]] ||
            COMPREPLY=("\${COMPREPLY[@]/#/\${current%%=*}=}")
    elif [[ ${optionsEnd}$current == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W '${allSpellings(program)}' -- "$current")
        compopt +o filenames 2>/dev/null
${actionReply(program)}    else
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
    fi`;
}

/** The first operand, where it says what to do. */
function actionReply({ actions }: Program): string {
  if (actions.length === 0) return "";
  return `    elif [[ ! $operand ]]; then
        mapfile -t COMPREPLY < <(compgen -W '${actions.join(" ")}' -- "$current")
        compopt +o filenames 2>/dev/null
`;
}

function allSpellings({ options }: Program): string {
  return options.flatMap(({ spellings }) => spellings).join(" ");
}

function valueCases({ options }: Program): string {
  const cases = options.flatMap(({ spellings, argument }) => {
    const command = argument && valuesCommand(argument);
    return command ? [`    ${spellings.join(" | ")}) ${command} -- "$2" ;;`] : [];
  });
  return cases.join("\n");
}

function valuesCommand({ values }: Argument): string | undefined {
  if (values === "anything") return undefined;
  if (values === "files") return "compgen -f";
  if (values === "directories") return "compgen -d";
  return `compgen -W '${values.join(" ")}'`;
}
