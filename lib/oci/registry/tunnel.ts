/** TLS through a proxy: the proxy is asked for a connection (CONNECT), and TLS is spoken over it. */
import { request as httpRequest } from "node:http";
import { Agent, type AgentOptions, request as httpsRequest } from "node:https";
import type { Duplex } from "node:stream";
import { type ConnectionOptions, connect } from "node:tls";
import { causeText, errorCode, FatalError, firstCause } from "../../base/error.ts";
import { silence } from "./patience.ts";
import { bareHost, proxyHeaders } from "./proxy.ts";

type Callback = (error: Error | null, stream: Duplex) => void;

/** Hands out TLS connections through one proxy, which may take `answerMs` to answer. */
export class TunnelAgent extends Agent {
  readonly #proxy: URL;
  readonly #answerMs: number;

  constructor(proxy: URL, answerMs: number, options: AgentOptions) {
    super(options);
    this.#proxy = proxy;
    this.#answerMs = answerMs;
  }

  override createConnection(options: ConnectionOptions, callback?: Callback): undefined {
    const target = `${options.host}:${options.port}`;
    openTunnel(this.#proxy, target, this.#answerMs).then(
      (socket) => callback?.(null, connect({ ...options, socket })),
      (error: Error) => (callback as (error: Error) => void)?.(error),
    );
  }
}

function openTunnel(proxy: URL, target: string, answerMs: number): Promise<Duplex> {
  const send = proxy.protocol === "https:" ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const request = send({
      host: bareHost(proxy.hostname),
      port: proxy.port || (proxy.protocol === "https:" ? 443 : 80),
      method: "CONNECT",
      path: target,
      headers: { host: target, ...proxyHeaders(proxy) },
      agent: false,
      timeout: answerMs,
    });
    // What goes through the tunnel has no socket yet, and so no time limit of its own.
    request.once("timeout", () => request.destroy(silence(answerMs)));
    request.once("connect", ({ statusCode = 0 }, socket) => {
      socket.setTimeout(0);
      if (statusCode === 200) resolve(socket);
      else reject(refusal(proxy, target, statusCode));
    });
    // An answer with a body is no tunnel either.
    request.once("response", ({ statusCode = 0 }) => reject(refusal(proxy, target, statusCode)));
    request.once("error", (error) => reject(unreachable(proxy, error)));
    request.end();
  });
}

/** Who is not there is the proxy, not the registry; it may be there a moment later. */
function unreachable(proxy: URL, error: Error): Error {
  const cause = firstCause(error);
  const named = new Error(`proxy "${proxy.host}": ${causeText(cause)}`, { cause });
  return Object.assign(named, { code: errorCode(cause) });
}

function refusal(proxy: URL, target: string, status: number): FatalError {
  return new FatalError(
    `cannot connect to "${target}": proxy "${proxy.host}" answers with status ${status}`,
    { hint: "see $https_proxy and $no_proxy" },
  );
}
