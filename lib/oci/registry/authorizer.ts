/**
 * Answers a registry's challenges: as nobody first, where a token server gives tokens to anybody and
 * the question is not to change something, then as the user. A token is used for its scope until it ends; several requests that need one at
 * the same time wait for the same.
 */
import { FatalError } from "../../base/error.ts";
import type { Task } from "../../base/task.ts";
import type { Challenge } from "./challenge.ts";
import type { Connections } from "./connections.ts";
import type { Credentials } from "./credentials.ts";
import type { Patience } from "./patience.ts";
import { HttpError } from "./problem.ts";
import { retrying } from "./retry.ts";
import { basicHeader, fetchToken, type Token, wantsPush } from "./token.ts";

export interface AuthorizerOptions {
  readonly connections: Connections;
  /** Host and port, for messages. */
  readonly registry: string;
  /** Look up who the user is there; done once, and only when needed. */
  readonly findCredentials: () => Promise<Credentials | undefined>;
  /** Ask the user, where nothing is found. */
  readonly askUser?: (() => Promise<Credentials>) | undefined;
  readonly isPlain: boolean;
  /** Never as nobody. */
  readonly authFirst: boolean;
  readonly task: Task;
  readonly patience?: Patience | undefined;
}

interface Grant {
  readonly header: string;
  readonly expires: number;
  readonly isAnonymous: boolean;
  /** The registry has accepted it: when it does so no more, its time is over. */
  hasWorked: boolean;
}

export class Authorizer {
  readonly #options: AuthorizerOptions;
  readonly #grants = new Map<string, Promise<Grant>>();
  #credentials: Promise<Credentials | undefined> | undefined;

  constructor(options: AuthorizerOptions) {
    this.#options = options;
  }

  /** The Authorization header for a scope, as far as one is known. */
  async header(scope: string): Promise<string | undefined> {
    const grant = await this.#grants.get(scope)?.catch(() => undefined);
    return grant && grant.expires > Date.now() ? grant.header : undefined;
  }

  /** A header was good enough. */
  async worked(scope: string): Promise<void> {
    const grant = await this.#grants.get(scope)?.catch(() => undefined);
    if (grant) grant.hasWorked = true;
  }

  /**
   * Do what a challenge wants after `refused` (a header, or none) was not enough; throws if nothing
   * is left to try.
   */
  async answer(challenge: Challenge, scope: string, refused: string | undefined): Promise<void> {
    const pending = this.#grants.get(scope);
    const current = await pending?.catch(() => undefined);
    // Somebody else has been through this meanwhile.
    if (this.#grants.get(scope) !== pending || (current && current.header !== refused)) return;
    const next = this.#next(challenge, scope, current);
    this.#grants.set(scope, next);
    await next;
  }

  /** What has worked, or has run out, is renewed as what it was; else the next thing is tried. */
  #next(challenge: Challenge, scope: string, current: Grant | undefined): Promise<Grant> {
    const isOver = current && (current.hasWorked || current.expires <= Date.now());
    if (current && !isOver && !current.isAnonymous) return Promise.reject(this.#denied());
    if (!current && challenge.scheme === "bearer") return this.#first(challenge, scope);
    const asNobody = isOver && current.isAnonymous && challenge.scheme === "bearer";
    return asNobody ? this.#anonymous(challenge, scope) : this.#asUser(challenge, scope);
  }

  async #first(challenge: Challenge, scope: string): Promise<Grant> {
    const { authFirst } = this.#options;
    const asUser = authFirst || (wantsPush(scope) && (await this.#known()) !== undefined);
    return asUser ? this.#asUser(challenge, scope) : this.#anonymous(challenge, scope);
  }

  #known(): Promise<Credentials | undefined> {
    this.#credentials ??= this.#options.findCredentials();
    return this.#credentials;
  }

  async #anonymous(challenge: Challenge, scope: string): Promise<Grant> {
    try {
      return bearer(await this.#token(challenge, scope, undefined), true);
    } catch (error) {
      if (!isDenial(error)) throw error;
      return this.#asUser(challenge, scope);
    }
  }

  async #asUser(challenge: Challenge, scope: string): Promise<Grant> {
    const credentials = (await this.#known()) ?? (await this.#options.askUser?.());
    if (!credentials) throw this.#unknown();
    const header = basicHeader(credentials);
    if (challenge.scheme === "basic" && header) {
      return { header, expires: Number.POSITIVE_INFINITY, isAnonymous: false, hasWorked: false };
    }
    try {
      return bearer(await this.#token(challenge, scope, credentials), false);
    } catch (error) {
      throw isDenial(error) ? this.#denied(error) : error;
    }
  }

  #token(
    challenge: Challenge,
    scope: string,
    credentials: Credentials | undefined,
  ): Promise<Token> {
    const { connections, isPlain, task } = this.#options;
    const request = { challenge, scope, credentials, isPlain, signal: task.signal };
    return retrying(this.#options, () => fetchToken(connections, request));
  }

  #unknown(): FatalError {
    const { registry } = this.#options;
    return new FatalError(`registry "${registry}" wants a login`, {
      hint: `"ch-image login ${registry}" keeps one; or set $CH_IMAGE_USERNAME and $CH_IMAGE_PASSWORD`,
    });
  }

  #denied(cause?: unknown): FatalError {
    const { registry } = this.#options;
    return new FatalError(`registry "${registry}" does not let us in with the login it was given`, {
      hint: "the password may be wrong, or the user may lack the right",
      cause,
    });
  }
}

function bearer({ value, expires }: Token, isAnonymous: boolean): Grant {
  return { header: `Bearer ${value}`, expires, isAnonymous, hasWorked: false };
}

/** Token servers say no in several ways. */
function isDenial(error: unknown): boolean {
  return error instanceof HttpError && [400, 401, 403].includes(error.httpStatus);
}
