/** Opening a registry: connections, address, and who we are there. */
import type { Environment } from "../../base/environment.ts";
import type { Task } from "../../base/task.ts";
import type { Reference } from "../reference.ts";
import { Authorizer } from "./authorizer.ts";
import { RegistryClient } from "./client.ts";
import { Connections } from "./connections.ts";
import { askInTurn, type Credentials } from "./credentials.ts";
import { findEndpoint } from "./endpoint.ts";
import { findCredentials } from "./find-credentials.ts";
import type { Patience } from "./patience.ts";

export interface RegistrySettings {
  readonly plainHttp: boolean;
  readonly verifyTls: boolean;
  readonly caFile: string | undefined;
  /** Who the user is, instead of what files and helpers say; called where the registry asks. */
  readonly whoAmI?: () => Promise<Credentials>;
  /** Ask the user who they are at a registry, where none of these knows. */
  readonly askUser?: (registry: string, task: Task) => Promise<Credentials>;
  /** Ask whenever it is needed, instead of once. */
  readonly askEvery?: boolean;
  /** Log in at once, also where nobody asks. */
  readonly authFirst: boolean;
  readonly patience?: Patience;
  readonly env: Environment;
}

/** Open the registry of a reference; close() lets go of it. */
export async function openRegistry(
  reference: Pick<Reference, "registry" | "repository" | "plainHttp">,
  settings: RegistrySettings,
  task: Task,
): Promise<RegistryClient> {
  const connections = new Connections(settings);
  try {
    const { plainHttp, authFirst, env, whoAmI, patience, askUser } = settings;
    const base = await findEndpoint(reference, { plainHttp, env, task, patience });
    const { registry, repository } = reference;
    const authorizer = new Authorizer({
      connections,
      registry,
      findCredentials: whoAmI ?? (() => findCredentials(registry, repository, { env, task })),
      askUser: askUser && askInTurn(() => askUser(registry, task), settings.askEvery ?? false),
      isPlain: base.protocol === "http:",
      authFirst,
      task,
      patience,
    });
    return new RegistryClient({ base, connections, authorizer, task, patience });
  } catch (error) {
    connections.close();
    throw error;
  }
}
