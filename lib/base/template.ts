/**
 * A template that a value is put into, after Go's text/template as users of podman, docker and
 * skopeo know it, but no more of it than this:
 *
 *     {{.Config.Env}}      a field; its name may be in upper or lower case; {{.}} is the value itself
 *     {{json .Config}}     as JSON; also {{len LIST}}, {{join LIST "SEPARATOR"}}, {{index MAP "KEY"}}
 *     {{println .}}        the value and an end of line
 *     {{range .Layers}}...{{end}}    for each element, which is {{.}} inside
 *
 * Outside of braces, \n and \t are what they are in C.
 */
import { usageError } from "./error.ts";

type Node =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "value"; readonly words: readonly string[] }
  | { readonly kind: "range"; readonly path: string; readonly body: readonly Node[] };

/** Put a value into a template; throws usage errors that say what is wrong with the template. */
export function fillTemplate(template: string, value: unknown): string {
  const nodes = parse(template);
  return render(nodes, value);
}

function parse(template: string): readonly Node[] {
  const pieces = template.split(/\{\{-?\s*(.*?)\s*-?\}\}/s);
  const { nodes, rest } = parseUntilEnd(pieces, 0);
  if (rest < pieces.length) throw fault("there is an {{end}} too many");
  return nodes;
}

/** Pieces are text and what is in braces, by turns. */
function parseUntilEnd(pieces: readonly string[], from: number): { nodes: Node[]; rest: number } {
  const nodes: Node[] = [];
  for (let index = from; index < pieces.length; index++) {
    const piece = pieces[index] ?? "";
    const words = piece.match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? [];
    if (index % 2 === 0) nodes.push({ kind: "text", text: plainText(piece) });
    else if (piece === "end") return { nodes, rest: index + 1 };
    else if (words[0] === "range") {
      const inner = parseUntilEnd(pieces, index + 1);
      if (pieces[inner.rest - 1] !== "end") throw fault("{{range}} has no {{end}}");
      nodes.push({ kind: "range", path: words[1] ?? "", body: inner.nodes });
      index = inner.rest - 1;
    } else nodes.push({ kind: "value", words });
  }
  return { nodes, rest: pieces.length };
}

function plainText(piece: string): string {
  if (piece.includes("{{")) throw fault("a {{ has no }}");
  return expandEscapes(piece);
}

function render(nodes: readonly Node[], value: unknown): string {
  return nodes.map((node) => renderOne(node, value)).join("");
}

function renderOne(node: Node, value: unknown): string {
  switch (node.kind) {
    case "text":
      return node.text;
    case "value":
      return evaluate(node.words, value);
    case "range":
      return elementsOf(lookUp(node.path, value))
        .map((element) => render(node.body, element))
        .join("");
  }
}

type Operation = (operand: unknown, argument: string) => string;

const OPERATIONS: Readonly<Record<string, Operation>> = {
  index: (operand, key) => show(fieldOf(operand, key)),
  join: (operand, separator) => elementsOf(operand).map(show).join(separator),
  json: (operand) => JSON.stringify(operand ?? null),
  len: (operand) => String(elementsOf(operand).length),
  println: (operand) => `${show(operand)}\n`,
};

function evaluate(words: readonly string[], value: unknown): string {
  const [first = "", path = ".", argument = '""'] = words;
  if (first.startsWith(".") && words.length === 1) return show(lookUp(first, value));
  const operation = Object.hasOwn(OPERATIONS, first) ? OPERATIONS[first] : undefined;
  if (!operation || words.length > 3) throw fault(`{{${words.join(" ")}}} is not known here`);
  return operation(lookUp(path, value), expandEscapes(argument.replace(/^"|"$/g, "")));
}

function lookUp(path: string, value: unknown): unknown {
  if (!/^(?:\.|(?:\.\w+)+)$/.test(path)) throw fault(`"${path}" is no field`);
  let found = value;
  for (const name of path.split(".").filter(Boolean)) {
    if (!isObject(found) || keyOf(found, name) === undefined) {
      throw fault(`there is no field "${path}"`);
    }
    found = fieldOf(found, name);
  }
  return found;
}

function fieldOf(value: unknown, name: string): unknown {
  if (!isObject(value)) return undefined;
  return Reflect.get(value, keyOf(value, name) ?? "");
}

function keyOf(value: object, name: string): string | undefined {
  const keys = Object.keys(value);
  return (
    keys.find((key) => key === name) ?? keys.find((key) => key.toLowerCase() === name.toLowerCase())
  );
}

function elementsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return isObject(value) ? Object.values(value) : [];
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** As Go prints it. */
function show(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (Array.isArray(value)) return `[${value.map(show).join(" ")}]`;
  if (!isObject(value)) return String(value);
  const pairs = Object.entries(value).map(([key, each]) => `${key}:${show(each)}`);
  return `map[${pairs.sort().join(" ")}]`;
}

function expandEscapes(text: string): string {
  return text.replace(/\\([nt"\\])/g, (_, letter: string) => {
    if (letter === "n") return "\n";
    return letter === "t" ? "\t" : letter;
  });
}

function fault(words: string): Error {
  return usageError(`cannot use the template: ${words}`);
}
