/**
 * Connections to registries, token servers and wherever these send us: kept open and used again, by
 * a proxy where the environment names one. Node.js's own HTTP client: its fetch() can be given
 * neither certificates nor a proxy.
 */
import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
} from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createSecureContext } from "node:tls";
import { FatalError } from "../../base/error.ts";
import { PATIENT, type Patience, silence } from "./patience.ts";
import { bareHost, portOf, proxyFor, proxyHeaders } from "./proxy.ts";
import { certificates, type Trust } from "./trust.ts";
import { TunnelAgent } from "./tunnel.ts";

/** Without a byte for so long, an answer that has begun counts as broken off. */
const IDLE_MS = 60_000;

export interface ConnectionSettings extends Trust {
  /** Whether certificates are checked at all. */
  readonly verifyTls: boolean;
  readonly patience?: Patience | undefined;
}

export interface Outgoing {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Called again where the request has to be repeated. */
  readonly body?: (() => Uint8Array | Readable) | undefined;
  readonly signal: AbortSignal;
}

export class Connections {
  readonly #settings: ConnectionSettings;
  readonly #agents = new Map<string, HttpAgent>();

  constructor(settings: ConnectionSettings) {
    this.#settings = settings;
  }

  /** Send a request. The answer's body is the caller's to read or to dump. */
  async send(outgoing: Outgoing): Promise<IncomingMessage> {
    outgoing.signal.throwIfAborted();
    const request = this.#open(outgoing);
    const answer = this.#answerTo(request);
    const body = outgoing.body?.();
    if (body === undefined || body instanceof Uint8Array) {
      request.end(body);
      return answer;
    }
    // Who refuses early closes its end while we still send: the answer tells more than EPIPE.
    pipeline(body, request).catch(() => undefined);
    return Promise.race([answer, ownFailure(body)]);
  }

  /** Let go of what is open. */
  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
  }

  #open({ method, url, headers, signal }: Outgoing): ClientRequest {
    const proxy = proxyFor(url, this.#settings.env);
    const agent = this.#agent(url, proxy);
    const common = { method, agent, signal, timeout: this.#answerMs };
    const own = { ...headers, host: url.host };
    if (proxy && url.protocol === "http:") {
      const place = { host: bareHost(proxy.hostname), port: portOf(proxy), path: url.href };
      return httpRequest({ ...common, ...place, headers: { ...own, ...proxyHeaders(proxy) } });
    }
    const path = `${url.pathname}${url.search}`;
    const place = { host: bareHost(url.hostname), port: portOf(url), path };
    const send = url.protocol === "https:" ? httpsRequest : httpRequest;
    return send({ ...common, ...place, headers: own });
  }

  #answerTo(request: ClientRequest): Promise<IncomingMessage> {
    let patience = this.#answerMs;
    return new Promise((resolve, reject) => {
      request.once("error", reject);
      request.once("timeout", () => request.destroy(silence(patience)));
      request.once("response", (answer) => {
        patience = IDLE_MS;
        request.setTimeout(IDLE_MS);
        resolve(answer);
      });
    });
  }

  get #answerMs(): number {
    return (this.#settings.patience ?? PATIENT).answerMs;
  }

  #agent(url: URL, proxy: URL | undefined): HttpAgent {
    const key = url.protocol === "http:" ? "http:" : `${url.host} ${proxy?.href ?? ""}`;
    const known = this.#agents.get(key);
    if (known) return known;
    const made =
      url.protocol === "http:" ? new HttpAgent({ keepAlive: true }) : this.#tls(url, proxy);
    this.#agents.set(key, made);
    return made;
  }

  #tls(url: URL, proxy: URL | undefined): HttpsAgent {
    const { verifyTls } = this.#settings;
    // Made once: reading all those certificates takes longer than a connection.
    const ca = verifyTls ? certificates(url.host, this.#settings) : undefined;
    const secureContext = createSecureContext(ca ? { ca } : {});
    const options = { keepAlive: true, secureContext, rejectUnauthorized: verifyTls };
    return proxy ? new TunnelAgent(proxy, this.#answerMs, options) : new HttpsAgent(options);
  }
}

/** That what is to be sent cannot be had, which nobody else can tell. */
function ownFailure(body: Readable): Promise<never> {
  return new Promise((_, reject) => {
    body.once("error", (error) => error instanceof FatalError && reject(error));
  });
}

/** The body of an answer; throws if it is longer than anything that is meant. */
export async function readBody(answer: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > limit) throw new RangeError(`an answer of more than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Read an answer's body to nowhere, so that the connection can be used again. */
export function dump(answer: IncomingMessage): void {
  answer.on("error", () => undefined);
  answer.resume();
}
