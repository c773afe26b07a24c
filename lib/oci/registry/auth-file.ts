/**
 * The files that Podman (auth.json) and Docker (config.json) keep logins in: `auths` has them by
 * registry, `credHelpers` names a program for a registry, `credsStore` one for all.
 */
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Environment } from "../../base/environment.ts";
import { errorCode, FatalError, failure } from "../../base/error.ts";
import { type Fields, parseDocument } from "../json.ts";
import type { Credentials } from "./credentials.ts";

export interface AuthFile {
  readonly path: string;
  readonly fields: Fields;
}

export type Entry = Credentials | { readonly kind: "helper"; readonly name: string };

/** The files that there are, the first to be asked first. */
export function authFiles(env: Environment): readonly AuthFile[] {
  return authPaths(env).flatMap((path) => readAuthFile(path) ?? []);
}

function authPaths(env: Environment): readonly string[] {
  const home = env["HOME"] ?? homedir();
  const named = env["REGISTRY_AUTH_FILE"];
  const runtime = env["XDG_RUNTIME_DIR"];
  const config = env["XDG_CONFIG_HOME"] ?? join(home, ".config");
  const docker = env["DOCKER_CONFIG"] ?? join(home, ".docker");
  return [
    ...(named ? [named] : []),
    ...(runtime ? [join(runtime, "containers/auth.json")] : []),
    join(config, "containers/auth.json"),
    join(docker, "config.json"),
  ];
}

/** Where a login is to be kept: containers-auth.json(5). */
export function loginPath(env: Environment): string {
  const [first = "", second = ""] = authPaths(env);
  const runtime = env["XDG_RUNTIME_DIR"];
  const isGone = !env["REGISTRY_AUTH_FILE"] && runtime && !existsSync(runtime);
  return isGone ? second : first;
}

export function readAuthFile(path: string): AuthFile | undefined {
  try {
    return { path, fields: parseDocument(readFileSync(path), `"${path}"`) };
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(errorCode(error) ?? "")) return undefined;
    throw error instanceof FatalError ? error : failure("read", path, error);
  }
}

/** What a file says about a registry. A helper may turn out to know nothing. */
export function entryFor({ path, fields }: AuthFile, key: string): Entry | undefined {
  const helper = fields.textMap("credHelpers")?.[key];
  if (helper) return { kind: "helper", name: helper };
  const stored = fields.object("auths")?.object(key);
  const found = stored && credentialsOf(stored, `entry "${key}" of "${path}"`);
  const store = fields.maybeText("credsStore");
  return found ?? (store ? { kind: "helper", name: store } : undefined);
}

function credentialsOf(fields: Fields, what: string): Credentials | undefined {
  const identity = fields.maybeText("identitytoken");
  if (identity) return { kind: "identity", token: identity };
  const auth = fields.maybeText("auth");
  if (!auth) return undefined;
  const text = Buffer.from(auth, "base64").toString("utf8").replace(/\0+$/, "");
  const colon = text.indexOf(":");
  if (colon === -1) throw new FatalError(`cannot read ${what}: "auth" has no user name`);
  return { kind: "password", username: text.slice(0, colon), password: text.slice(colon + 1) };
}
