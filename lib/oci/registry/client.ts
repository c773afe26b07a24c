/**
 * Requests to one registry. Whoever asks is spared redirections, challenges, and failures that pass;
 * what is thrown is worded for the user. The Authorization header is for the registry alone, never
 * for where it sends us.
 */
import type { IncomingMessage } from "node:http";
import { FatalError } from "../../base/error.ts";
import type { Task } from "../../base/task.ts";
import { VERSION } from "../../base/version.ts";
import type { Ask, Fetch, Fetched } from "./ask.ts";
import type { Authorizer } from "./authorizer.ts";
import { parseChallenge } from "./challenge.ts";
import { type Connections, dump, readBody } from "./connections.ts";
import type { Patience } from "./patience.ts";
import { connectionError, refusal } from "./problem.ts";
import { redirected } from "./redirection.ts";
import { Retries, retrying } from "./retry.ts";

const REDIRECTIONS: readonly number[] = [301, 302, 303, 307, 308];
const MOST_REDIRECTIONS = 10;
/** As nobody, as the user, and each again when its time is over. */
const MOST_CHALLENGES = 4;
const USER_AGENT = `charliecloud/${VERSION}`;

export interface ClientParts {
  readonly base: URL;
  readonly connections: Connections;
  readonly authorizer: Authorizer;
  readonly task: Task;
  readonly patience?: Patience | undefined;
}

export class RegistryClient {
  readonly #parts: ClientParts;

  constructor(parts: ClientParts) {
    this.#parts = parts;
  }

  /** The address that all others begin with. */
  get base(): URL {
    return this.#parts.base;
  }

  get task(): Task {
    return this.#parts.task;
  }

  /** For who counts tries of more than a request. */
  retries(): Retries {
    return new Retries(this.task, this.#parts.patience);
  }

  /** Ask, again if need be. The answer's body is the caller's to read or to dump. */
  async request(ask: Ask): Promise<IncomingMessage> {
    return this.#worded(ask, () => retrying(this.#parts, () => this.#authorized(ask)));
  }

  /** The whole of something small. Also a body that breaks off is asked for again. */
  async fetch({ path, scope, headers, limit }: Fetch): Promise<Fetched> {
    const ask: Ask = { method: "GET", path, scope, ...(headers ? { headers } : {}) };
    return this.#worded(ask, () =>
      retrying(this.#parts, async () => {
        const answer = await this.#authorized(ask);
        return { body: await readBody(answer, limit), headers: answer.headers };
      }),
    );
  }

  /** Ask once; an error that may pass is thrown as it is. */
  requestOnce(ask: Ask): Promise<IncomingMessage> {
    return this.#authorized(ask);
  }

  /** Let go of what is open. */
  close(): void {
    this.#parts.connections.close();
  }

  /** A connection that fails to the end is named by its host. */
  async #worded<T>(ask: Ask, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.task.signal.throwIfAborted();
      throw error instanceof FatalError ? error : connectionError(error, this.#url(ask));
    }
  }

  async #authorized(ask: Ask): Promise<IncomingMessage> {
    const { authorizer } = this.#parts;
    for (let challenges = 0; ; challenges++) {
      const header = await authorizer.header(ask.scope);
      const { answer, url } = await this.#follow(ask, header);
      const challenge =
        answer.statusCode === 401 && url.origin === this.#parts.base.origin
          ? parseChallenge(answer.headers["www-authenticate"])
          : undefined;
      if (!challenge || challenges === MOST_CHALLENGES) return this.#judge(ask, answer, url);
      dump(answer);
      await authorizer.answer(challenge, ask.scope, header);
    }
  }

  async #judge(ask: Ask, answer: IncomingMessage, url: URL): Promise<IncomingMessage> {
    const status = answer.statusCode ?? 0;
    if ((status < 200 || status >= 300) && !ask.accept?.includes(status)) {
      throw await refusal(answer, url);
    }
    await this.#parts.authorizer.worked(ask.scope);
    return answer;
  }

  async #follow(
    ask: Ask,
    authorization: string | undefined,
  ): Promise<{ answer: IncomingMessage; url: URL }> {
    let url = this.#url(ask);
    for (let hops = 0; hops <= MOST_REDIRECTIONS; hops++) {
      const answer = await this.#send(ask, url, authorization);
      const { statusCode: status = 0, headers } = answer;
      const { location } = headers;
      const isAnswer = ask.accept?.includes(status) || !REDIRECTIONS.includes(status);
      if (isAnswer || !location) return { answer, url };
      dump(answer);
      url = redirected(url, location);
    }
    throw new FatalError(
      `cannot follow registry "${this.#parts.base.host}": it redirects in circles`,
    );
  }

  #send(ask: Ask, url: URL, authorization: string | undefined): Promise<IncomingMessage> {
    const isOwn = url.origin === this.#parts.base.origin;
    const headers: Record<string, string> = { "user-agent": USER_AGENT, ...ask.headers };
    if (isOwn && authorization) headers["authorization"] = authorization;
    const { connections, task } = this.#parts;
    task.log.debug(`${ask.method} ${url.href}`);
    const { method, body } = ask;
    return connections.send({ method, url, headers, body, signal: task.signal });
  }

  #url({ path }: Ask): URL {
    return path instanceof URL ? path : new URL(path, this.#parts.base);
  }
}
