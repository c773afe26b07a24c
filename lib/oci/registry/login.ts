/**
 * Keeping logins: in the file of containers-auth.json(5), or with the helper that it names for the
 * registry. What else is in the file stays as it is.
 */
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Environment } from "../../base/environment.ts";
import { errorCode, FatalError, failure } from "../../base/error.ts";
import type { Task } from "../../base/task.ts";
import { loginPath, readAuthFile } from "./auth-file.ts";
import { hostKeys } from "./find-credentials.ts";
import { eraseByHelper, type Login, tellHelper } from "./helper.ts";

export interface Keeping {
  readonly env: Environment;
  readonly task: Task;
}

type Json = Record<string, unknown>;

/** Keep a login; returns where. */
export async function keepLogin(login: Login, { env, task }: Keeping): Promise<string> {
  const path = loginPath(env);
  const helper = helperFor(path, login.registry);
  if (helper !== undefined) {
    await tellHelper(helper.name, { ...login, registry: helper.key }, task);
    return `docker-credential-${helper.name}`;
  }
  const auth = Buffer.from(`${login.username}:${login.password}`).toString("base64");
  rewrite(path, (auths) => {
    for (const key of hostKeys(login.registry)) delete auths[key];
    auths[login.registry] = { auth };
  });
  return path;
}

/** Forget a login; false: there was none. */
export async function forgetLogin(registry: string, { env, task }: Keeping): Promise<boolean> {
  const path = loginPath(env);
  const helper = helperFor(path, registry);
  if (helper !== undefined && (await eraseByHelper(helper.name, helper.key, task))) return true;
  const known = readAuthFile(path)?.fields.object("auths");
  const keys = hostKeys(registry).filter((key) => known?.has(key));
  if (keys.length === 0) return false;
  rewrite(path, (auths) => {
    for (const key of keys) delete auths[key];
  });
  return true;
}

/** The helper that a file names for a registry, and what that is called there. */
function helperFor(path: string, registry: string): { name: string; key: string } | undefined {
  const fields = readAuthFile(path)?.fields;
  const helpers = fields?.textMap("credHelpers") ?? {};
  const key = hostKeys(registry).find((candidate) => helpers[candidate]);
  if (key !== undefined) return { name: helpers[key] ?? "", key };
  const store = fields?.maybeText("credsStore");
  // Docker's own name of its registry is an address.
  const usual = hostKeys(registry).find((name) => name.includes("index.docker.io")) ?? registry;
  return store ? { name: store, key: usual } : undefined;
}

/** Change the logins in a file, which nobody but its owner can read. */
function rewrite(path: string, change: (auths: Json) => void): void {
  const document = readJson(path);
  const auths = { ...(document["auths"] as Json | undefined) };
  change(auths);
  const growing = `${path}.${randomBytes(6).toString("hex")}`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const text = `${JSON.stringify({ ...document, auths }, null, 2)}\n`;
    writeFileSync(growing, text, { flag: "wx", mode: 0o600 });
    renameSync(growing, path);
  } catch (error) {
    rmSync(growing, { force: true });
    throw failure("write", path, error);
  }
}

function readJson(path: string): Json {
  try {
    const document: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (typeof document === "object" && document !== null) return { ...document };
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(errorCode(error) ?? "")) return {};
    throw failure("read", path, error);
  }
  throw new FatalError(`cannot read "${path}": not a JSON object`);
}
