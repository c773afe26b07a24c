/**
 * Docker's credential helpers: `docker-credential-NAME get` is given a registry on standard input
 * and answers in JSON.
 */
import { FatalError } from "../../base/error.ts";
import { runProgram } from "../../base/process.ts";
import type { Task } from "../../base/task.ts";
import { parseDocument } from "../json.ts";
import type { Credentials } from "./credentials.ts";

/** What a helper knows about a registry; undefined: nothing. */
export async function askHelper(
  name: string,
  registry: string,
  task: Task,
): Promise<Credentials | undefined> {
  const file = programName(name);
  const { status, stdout, errors } = await runProgram(
    { file, args: ["get"], input: registry },
    task,
  );
  if (status === 0) return readAnswer(stdout, file);
  // There is no other sign of it; the words are those of Docker's own helpers.
  if (/credentials not found/.test(stdout + errors.join("\n"))) return undefined;
  const words = stdout.trim() || errors.at(-1) || `status ${status}`;
  throw new FatalError(`cannot get credentials for "${registry}": ${file}: ${words}`);
}

function programName(name: string): string {
  if (!name.includes("/")) return `docker-credential-${name}`;
  throw new FatalError(`cannot use credential helper "${name}": its name is a path`);
}

function readAnswer(stdout: string, file: string): Credentials {
  const fields = parseDocument(Buffer.from(stdout), `the answer of ${file}`);
  const [username, secret] = [fields.text("Username"), fields.text("Secret")];
  if (username === "<token>") return { kind: "identity", token: secret };
  return { kind: "password", username, password: secret };
}
