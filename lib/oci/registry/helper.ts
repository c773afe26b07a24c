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
  const { file, stdout, fault } = await runHelper({ name, verb: "get", input: registry }, task);
  if (fault === undefined) return readAnswer(stdout, file);
  // There is no other sign of it; the words are those of Docker's own helpers.
  if (/credentials not found/.test(fault)) return undefined;
  throw new FatalError(`cannot get credentials for "${registry}": ${file}: ${fault}`);
}

/** Have a helper keep a login. */
export async function tellHelper(name: string, login: Login, task: Task): Promise<void> {
  const { registry, username, password } = login;
  const input = JSON.stringify({ ServerURL: registry, Username: username, Secret: password });
  const { file, fault } = await runHelper({ name, verb: "store", input }, task);
  if (fault === undefined) return;
  throw new FatalError(`cannot keep the login of "${registry}": ${file}: ${fault}`);
}

/** Have a helper forget a login; false: it knew none. */
export async function eraseByHelper(name: string, registry: string, task: Task): Promise<boolean> {
  if ((await askHelper(name, registry, task)) === undefined) return false;
  const { file, fault } = await runHelper({ name, verb: "erase", input: registry }, task);
  if (fault === undefined) return true;
  throw new FatalError(`cannot forget the login of "${registry}": ${file}: ${fault}`);
}

export interface Login {
  readonly registry: string;
  readonly username: string;
  readonly password: string;
}

interface Call {
  readonly name: string;
  readonly verb: "get" | "store" | "erase";
  readonly input: string;
}

async function runHelper({ name, verb, input }: Call, task: Task) {
  const file = programName(name);
  const { status, stdout, errors } = await runProgram({ file, args: [verb], input }, task);
  const words = stdout.trim() || errors.at(-1) || `status ${status}`;
  return { file, stdout, fault: status === 0 ? undefined : words };
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
