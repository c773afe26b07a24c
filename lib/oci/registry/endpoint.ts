/**
 * Where a registry answers. It is HTTPS, or HTTP where the user says so; on this host itself HTTP
 * is tried where nobody speaks TLS, since nothing in between could listen.
 */
import type { Environment } from "../../base/environment.ts";
import { FatalError } from "../../base/error.ts";
import type { Task } from "../../base/task.ts";
import type { Reference } from "../reference.ts";
import { Connections, dump } from "./connections.ts";
import type { Patience } from "./patience.ts";
import { connectionError } from "./problem.ts";
import { isLoopback } from "./proxy.ts";
import { retrying } from "./retry.ts";

const DOCKER_HUB_HOST = "registry-1.docker.io";

export interface EndpointOptions {
  readonly env: Environment;
  /** Never TLS. */
  readonly plainHttp: boolean;
  readonly task: Task;
  readonly patience?: Patience | undefined;
}

/** The address that all others of a registry begin with: `https://HOST:PORT/v2/`. */
export async function findEndpoint(
  { registry, plainHttp }: Pick<Reference, "registry" | "plainHttp">,
  options: EndpointOptions,
): Promise<URL> {
  const host = registry === "docker.io" ? DOCKER_HUB_HOST : registry;
  if (plainHttp || options.plainHttp) return address("http", host);
  const secure = address("https", host);
  if (!isLoopback(secure.hostname)) return secure;
  return (await speaksTls(secure, options)) ? secure : address("http", host);
}

function address(scheme: string, host: string): URL {
  const text = `${scheme}://${host}/v2/`;
  if (!URL.canParse(text)) throw new FatalError(`cannot connect to "${host}": not a host and port`);
  return new URL(text);
}

/** Whether TLS is understood there. Who it is, is found out when something is asked for. */
async function speaksTls(url: URL, options: EndpointOptions): Promise<boolean> {
  const { env, task, patience } = options;
  const connections = new Connections({ verifyTls: false, caFile: undefined, env, patience });
  const attempt = (): Promise<boolean> => answersTls(connections, url, task);
  try {
    return await retrying(options, attempt);
  } catch (error) {
    task.signal.throwIfAborted();
    throw error instanceof FatalError ? error : connectionError(error, url);
  } finally {
    connections.close();
  }
}

async function answersTls(connections: Connections, url: URL, { signal }: Task): Promise<boolean> {
  try {
    dump(await connections.send({ method: "GET", url, headers: {}, signal }));
    return true;
  } catch (error) {
    if (!signal.aborted && isNoTls(error)) return false;
    throw error;
  }
}

/** What OpenSSL says to an answer in plain text, or to none. */
function isNoTls(error: unknown): boolean {
  const text = error instanceof Error ? error.message : "";
  return /wrong version number|packet length too long|unexpected eof|disconnected before secure/i.test(
    text,
  );
}
