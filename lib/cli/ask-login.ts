/** Asking at the terminal who the user is at a registry. */
import { isatty } from "node:tty";
import { FatalError, usageError } from "../base/error.ts";
import type { Task } from "../base/task.ts";
import type { Credentials } from "../oci/registry/credentials.ts";
import type { RegistrySettings } from "../oci/registry/registry.ts";
import type { Arguments } from "./arguments.ts";
import { ask } from "./prompt.ts";

type Questions = Pick<RegistrySettings, "askEvery" | "askUser" | "authFirst">;

/** When to log in, and whether anybody can be asked. */
export function loginSettings(args: Arguments): Questions {
  const authFirst = args.count("auth") > 0 || isWanted(process.env["CH_IMAGE_AUTH"]);
  if (!isatty(0)) return { authFirst };
  return { authFirst, askUser: askLogin, askEvery: args.count("password-many") > 0 };
}

function isWanted(variable = ""): boolean {
  if (["", "no", "yes"].includes(variable)) return variable === "yes";
  throw usageError(`$CH_IMAGE_AUTH is "yes" or "no", not "${variable}"`);
}

async function askLogin(registry: string, task: Task): Promise<Credentials> {
  const username = await ask({ text: `user name at ${registry}`, secret: false }, task);
  if (username === "") throw new FatalError("the user name is empty");
  const text = `password of ${username} at ${registry}`;
  return { kind: "password", username, password: await ask({ text, secret: true }, task) };
}
