/**
 * Stands before a registry and breaks what it is told to: connections, answers, bytes. Without a
 * fault for a request it passes it on.
 */
import {
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import { serveHttp } from "./http-server.ts";

export type Fault =
  /** Close the connection after so many bytes of the body. */
  | { readonly kind: "cut"; readonly after: number }
  /** Close the connection instead of passing the answer on. */
  | { readonly kind: "lose" }
  /** Close the connection after so many bytes of the request's body. */
  | { readonly kind: "interrupt"; readonly after: number }
  /** Send so many bytes of the body, and then nothing more. */
  | { readonly kind: "stall"; readonly after: number }
  | { readonly kind: "status"; readonly status: number; readonly retryAfter?: string }
  /** Send something else of the same length. */
  | { readonly kind: "garble" }
  /** Send everything, whatever range was asked for. */
  | { readonly kind: "no range" }
  | { readonly kind: "pass" }
  | { readonly kind: "redirect"; readonly to: string };

export interface FaultProxy {
  /** `HOST:PORT` */
  readonly address: string;
  /** What has been asked for: `GET /v2/...`, with ` from N` where it was a range. */
  readonly log: string[];
  /** Break the next requests that match, one fault each. */
  break(pattern: RegExp, ...faults: readonly Fault[]): void;
}

interface Plan {
  readonly pattern: RegExp;
  readonly faults: Fault[];
}

export async function startFaultProxy(registry: string): Promise<FaultProxy> {
  const log: string[] = [];
  const plans: Plan[] = [];
  const address = await serveHttp((request, response) => {
    const [, from] = /^bytes=(\d+)-/.exec(request.headers.range ?? "") ?? [];
    const line = `${request.method} ${request.url}`;
    log.push(from === undefined ? line : `${line} from ${from}`);
    const plan = plans.find(({ pattern, faults }) => faults.length > 0 && pattern.test(line));
    apply(plan?.faults.shift(), { registry, request, response });
  });
  return {
    address,
    log,
    break: (pattern, ...faults) => void plans.push({ pattern, faults: [...faults] }),
  };
}

interface Exchange {
  readonly registry: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

function apply(fault: Fault | undefined, exchange: Exchange): void {
  const { response, request } = exchange;
  if (fault?.kind === "status") {
    const headers = fault.retryAfter === undefined ? {} : { "retry-after": fault.retryAfter };
    response.writeHead(fault.status, headers).end();
  } else if (fault?.kind === "redirect") {
    response.writeHead(307, { location: `${fault.to}${request.url}` }).end();
  } else pass(fault, exchange);
}

function pass(fault: Fault | undefined, { registry, request, response }: Exchange): void {
  const headers = { ...request.headers };
  if (fault?.kind === "no range") delete headers["range"];
  const [host, port] = registry.split(":");
  const { method, url: path } = request;
  const onward = httpRequest({ host, port, method, path, headers, agent: false });
  // What is broken off here may wait for ever there, but not the test.
  onward.once("socket", (socket) => socket.unref());
  onward.once("response", (answer) => void copy(answer, response, fault));
  onward.once("error", () => response.destroy());
  if (fault?.kind === "interrupt") interrupt(request, onward, fault.after);
  else request.pipe(onward);
  request.once("close", () => request.complete || onward.destroy());
}

function interrupt(request: IncomingMessage, onward: ClientRequest, after: number): void {
  let left = after;
  request.on("data", (chunk: Buffer) => {
    left -= chunk.length;
    if (left > 0) onward.write(chunk);
    else for (const stream of [request, onward]) stream.destroy();
  });
}

async function copy(
  answer: IncomingMessage,
  response: ServerResponse,
  fault: Fault | undefined,
): Promise<void> {
  if (fault?.kind === "lose") return void response.destroy();
  response.writeHead(answer.statusCode ?? 0, answer.headers);
  let left = fault && "after" in fault ? Math.floor(fault.after) : Number.POSITIVE_INFINITY;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    const bytes = fault?.kind === "garble" ? chunk.map((byte) => byte ^ 1) : chunk;
    await new Promise((resolve) => response.write(bytes.subarray(0, left), resolve));
    left -= bytes.length;
    if (left > 0) continue;
    if (fault?.kind === "cut") response.destroy();
    answer.destroy();
    return;
  }
  response.end();
}
