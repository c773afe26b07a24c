/** Who we are to a registry: from the environment, else from the files and helpers of the user. */
import type { Environment } from "../../base/environment.ts";
import { FatalError } from "../../base/error.ts";
import type { Task } from "../../base/task.ts";
import { type AuthFile, authFiles, entryFor } from "./auth-file.ts";
import type { Credentials } from "./credentials.ts";
import { askHelper } from "./helper.ts";

/** What a user has for a repository of a registry; undefined: nothing. */
export async function findCredentials(
  registry: string,
  repository: string,
  { env, task }: { readonly env: Environment; readonly task: Task },
): Promise<Credentials | undefined> {
  const given = fromEnvironment(env);
  if (given) return given;
  for (const file of authFiles(env)) {
    const found = await fromFile(file, keysOf(registry, repository), task);
    if (found) return found;
  }
  return undefined;
}

function fromEnvironment(env: Environment): Credentials | undefined {
  const [username, password] = [env["CH_IMAGE_USERNAME"], env["CH_IMAGE_PASSWORD"]];
  if (username === undefined && password === undefined) return undefined;
  if (username && password !== undefined) return { kind: "password", username, password };
  throw new FatalError(
    "cannot log in: of $CH_IMAGE_USERNAME and $CH_IMAGE_PASSWORD one is not set",
  );
}

/** What an entry may be called, the most particular first: a path below a registry can have its own. */
function keysOf(registry: string, repository: string): readonly string[] {
  const parts = repository.split("/");
  const paths = parts.map((_, index) => parts.slice(0, parts.length - index).join("/"));
  return [...paths.map((path) => `${registry}/${path}`), ...hostKeys(registry)];
}

/** What the registry itself may be called; Docker wrote URLs once. */
export function hostKeys(registry: string): readonly string[] {
  if (registry !== "docker.io") {
    return [
      registry,
      ...["https", "http"].flatMap((s) =>
        ["", "/", "/v1/", "/v2/"].map((p) => `${s}://${registry}${p}`),
      ),
    ];
  }
  return ["docker.io", "https://index.docker.io/v1/", "index.docker.io", "registry-1.docker.io"];
}

async function fromFile(
  file: AuthFile,
  keys: readonly string[],
  task: Task,
): Promise<Credentials | undefined> {
  for (const key of keys) {
    const entry = entryFor(file, key);
    if (entry === undefined) continue;
    if (entry.kind !== "helper") return entry;
    const found = await askHelper(entry.name, key, task);
    if (found) return found;
  }
  return undefined;
}
