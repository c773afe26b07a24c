/** WWW-Authenticate (RFC 9110, 11.6.1): what a registry wants to see before it answers. */

export interface Challenge {
  readonly scheme: "basic" | "bearer";
  readonly parameters: Readonly<Record<string, string>>;
}

const TOKEN = "[!#$%&'*+.^_`|~\\w-]+";
const PARAMETER = new RegExp(`^(${TOKEN})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|(${TOKEN}))`);
const SCHEME = new RegExp(`^(${TOKEN})(?=\\s|,|$)`);

/** The challenge that can be answered best: a token, else a password. */
export function parseChallenge(header: string | undefined): Challenge | undefined {
  const challenges = parseAll(header ?? "");
  return (challenges.find(({ scheme }) => scheme === "bearer") ??
    challenges.find(({ scheme }) => scheme === "basic")) as Challenge | undefined;
}

interface AnyChallenge {
  readonly scheme: string;
  readonly parameters: Record<string, string>;
}

/** Challenges and their parameters are all separated by commas. */
function parseAll(header: string): readonly AnyChallenge[] {
  const challenges: AnyChallenge[] = [];
  for (let rest = header.trim(); rest !== ""; ) {
    const parameter = PARAMETER.exec(rest);
    const scheme = SCHEME.exec(rest);
    if (parameter) {
      const [, name = "", quoted, bare = ""] = parameter;
      const current = challenges.at(-1);
      if (current) current.parameters[name.toLowerCase()] = unescaped(quoted) ?? bare;
    } else if (scheme) challenges.push({ scheme: (scheme[1] ?? "").toLowerCase(), parameters: {} });
    const taken = (parameter ?? scheme)?.[0].length ?? 1;
    rest = rest.slice(taken).replace(/^[\s,]+/, "");
  }
  return challenges;
}

function unescaped(quoted: string | undefined): string | undefined {
  return quoted?.replace(/\\(.)/g, "$1");
}
