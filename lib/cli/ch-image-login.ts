/** ch-image login and logout. */
import { FatalError, usageError } from "../base/error.ts";
import { type Task, withParts } from "../base/task.ts";
import { parseReference, type Reference } from "../oci/reference.ts";
import { dump } from "../oci/registry/connections.ts";
import type { Credentials } from "../oci/registry/credentials.ts";
import { forgetLogin, keepLogin } from "../oci/registry/login.ts";
import { openRegistry } from "../oci/registry/registry.ts";
import type { Arguments } from "./arguments.ts";
import { registrySettings } from "./ch-image-pull.ts";
import { ask } from "./prompt.ts";

type Password = Extract<Credentials, { kind: "password" }>;

export async function runLogin(args: Arguments, task: Task): Promise<void> {
  const place = registryOf(args);
  const credentials = await enter(args, task);
  const { env } = registrySettings(args);
  const isAsked = await withParts(task, (parts) => tryOut(args, { place, credentials }, parts));
  if (!isAsked) task.log.warning(`registry "${place.registry}" asks for no login`);
  const where = await keepLogin({ ...credentials, registry: place.registry }, { env, task });
  task.log.tell(`logged in to ${place.registry} as ${credentials.username}: ${where}`);
}

export async function runLogout(args: Arguments, task: Task): Promise<void> {
  const { registry } = registryOf(args);
  const { env } = registrySettings(args);
  if (await forgetLogin(registry, { env, task })) return task.log.tell(`logged out of ${registry}`);
  throw new FatalError(`there is no login for "${registry}" to be forgotten`);
}

/** A registry is named as in front of an image. */
function registryOf(args: Arguments): Reference {
  const [text = ""] = args.operands;
  const [, host] = /^((?:https?:\/\/)?(?:[^/]*[.:][^/]*|localhost))\/*$/.exec(text) ?? [];
  if (host !== undefined) return parseReference(`${host}/x`);
  throw usageError(`"${text}" is no registry`, "for example: registry.example.com");
}

/** Where there is no terminal to ask at. */
const OTHERWISE =
  "give --username and --password-stdin, or set $CH_IMAGE_USERNAME and $CH_IMAGE_PASSWORD";

async function enter(args: Arguments, task: Task): Promise<Password> {
  const isPiped = args.count("password-stdin") > 0;
  const { CH_IMAGE_USERNAME: exported, CH_IMAGE_PASSWORD: secret } = process.env;
  const given = args.value("username") ?? exported;
  if (isPiped && given === undefined) throw usageError("--password-stdin wants --username");
  const username =
    given ?? (await ask({ text: "user name", secret: false, otherwise: OTHERWISE }, task));
  if (username === "") throw new FatalError("the user name is empty");
  const password = isPiped ? await readInput() : secret;
  return {
    kind: "password",
    username,
    password:
      password ?? (await ask({ text: "password", secret: true, otherwise: OTHERWISE }, task)),
  };
}

async function readInput(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks)
    .toString("utf8")
    .replace(/\r?\n$/, "");
}

interface Attempt {
  readonly place: Reference;
  readonly credentials: Password;
}

/** Throws if the registry does not know the user; false: it did not even ask. */
async function tryOut(args: Arguments, attempt: Attempt, task: Task): Promise<boolean> {
  const { place, credentials } = attempt;
  let isAsked = false;
  const whoAmI = async (): Promise<Password> => {
    isAsked = true;
    return credentials;
  };
  const settings = { ...registrySettings(args), authFirst: true, whoAmI };
  const client = await openRegistry(place, settings, task);
  try {
    dump(await client.request({ method: "GET", path: client.base, scope: "" }));
    return isAsked;
  } finally {
    client.close();
  }
}
