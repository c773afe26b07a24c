/** What can go wrong with a registry, in words, and whether trying again may help. */
import type { IncomingMessage } from "node:http";
import { causeText, errorCode, FatalError, firstCause } from "../../base/error.ts";
import { readBody } from "./connections.ts";

const LONGEST_ANSWER = 64 * 1024;
const TRANSIENT_STATUS: readonly number[] = [408, 425, 429, 500, 502, 503, 504];
const TRANSIENT_CODES: readonly string[] = [
  "EAI_AGAIN",
  "ECONNRESET",
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EPIPE",
  "ETIMEDOUT",
];
const CERTIFICATE_CODES = /CERT|UNABLE_TO_|SELF_SIGNED/;

/** An answer that is a refusal. */
export class HttpError extends FatalError {
  readonly httpStatus: number;
  /** When to ask again, if the registry says so. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, answer: IncomingMessage, hint?: string) {
    super(message, { hint });
    this.httpStatus = answer.statusCode ?? 0;
    this.retryAfterMs = retryAfter(answer.headers["retry-after"], Date.now());
  }
}

/** An error with the registry's own words. */
export async function refusal(answer: IncomingMessage, url: URL): Promise<HttpError> {
  const status = answer.statusCode ?? 0;
  const place = `registry "${url.host}"`;
  if (status === 429) {
    const hint = "wait, or log in: most registries let known users ask more often";
    return new HttpError(`${place} is asked too often`, answer, hint);
  }
  const body = await readBody(answer, LONGEST_ANSWER).catch(() => Buffer.alloc(0));
  const words = registryWords(body) || plainWords(answer, body);
  return new HttpError(`${place} answers with status ${status}${words && `: ${words}`}`, answer);
}

/** `{"errors":[{"code":"NAME_UNKNOWN","message":"..."}]}`; nothing if it is something else. */
function registryWords(body: Buffer): string {
  try {
    const document: unknown = JSON.parse(body.toString("utf8"));
    const errors: unknown = Reflect.get(Object(document), "errors");
    const texts = (Array.isArray(errors) ? errors : []).map((error: unknown) =>
      String(Reflect.get(Object(error), "message") ?? Reflect.get(Object(error), "code") ?? ""),
    );
    return oneLine(texts.filter(Boolean).join("; "));
  } catch {
    return "";
  }
}

/** As of a proxy, or of a registry that was spoken to in the clear and knows TLS only. */
function plainWords(answer: IncomingMessage, body: Buffer): string {
  const isPlain = /^text\/plain\b/i.test(answer.headers["content-type"] ?? "text/plain");
  return isPlain ? oneLine(body.toString("utf8")) : "";
}

/** In a message, which ends without a full stop. */
function oneLine(text: string): string {
  return text
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim()
    .slice(0, 300)
    .replace(/\.$/, "");
}

/** Milliseconds from a Retry-After header: seconds, or a date. */
export function retryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** Whether the same request may succeed later. */
export function isTransient(error: unknown): boolean {
  if (error instanceof HttpError) return TRANSIENT_STATUS.includes(error.httpStatus);
  return TRANSIENT_CODES.includes(errorCode(firstCause(error)) ?? "");
}

/** Whether nothing was heard for too long. */
export function isSilence(error: unknown): boolean {
  return errorCode(firstCause(error)) === "ETIMEDOUT";
}

/** Whether the registry says that there is no such thing. */
export function isNotFound(error: unknown): boolean {
  return error instanceof HttpError && error.httpStatus === 404;
}

/** A failed connection, in words. */
export function connectionError(cause: unknown, url: URL): FatalError {
  const inner = firstCause(cause);
  const hint = CERTIFICATE_CODES.test(errorCode(inner) ?? "")
    ? "name the certificate of whoever signed it with --tls-ca=FILE, or trust anybody with --tls-no-verify"
    : undefined;
  return new FatalError(`cannot connect to "${url.host}": ${causeText(inner)}`, { cause, hint });
}
