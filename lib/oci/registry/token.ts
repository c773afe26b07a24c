/**
 * Bearer tokens (distribution's "token authentication"): a server that the registry names gives one
 * for a scope, to anybody or to somebody known. An identity token is exchanged by OAuth 2.
 */
import type { IncomingMessage } from "node:http";
import { FatalError } from "../../base/error.ts";
import { parseDocument } from "../json.ts";
import type { Challenge } from "./challenge.ts";
import { type Connections, type Outgoing, readBody } from "./connections.ts";
import type { Credentials } from "./credentials.ts";
import { refusal } from "./problem.ts";
import { isLoopback } from "./proxy.ts";

const LONGEST_TOKEN = 1024 * 1024;
const DEFAULT_SECONDS = 60;
/** A token is not used any more when it ends so soon. */
const MARGIN_SECONDS = 5;

export interface Token {
  readonly value: string;
  /** Milliseconds since 1970. */
  readonly expires: number;
}

export interface TokenRequest {
  readonly challenge: Challenge;
  readonly scope: string;
  /** Nobody in particular without them. */
  readonly credentials: Credentials | undefined;
  /** The registry itself is spoken to in the clear, so that a login is, too. */
  readonly isPlain: boolean;
  readonly signal: AbortSignal;
}

export async function fetchToken(connections: Connections, request: TokenRequest): Promise<Token> {
  const url = realm(request.challenge);
  if (request.credentials && !request.isPlain) requirePrivacy(url);
  const isIdentity = request.credentials?.kind === "identity";
  const outgoing = isIdentity ? exchange(url, request) : question(url, request);
  const answer = await connections.send(outgoing);
  if (answer.statusCode !== 200) throw await refusal(answer, url);
  return readToken(answer, url);
}

function realm({ parameters }: Challenge): URL {
  const text = parameters["realm"] ?? "";
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol)) return url;
  throw new FatalError(`cannot get a token: "${text}" is no address of a token server`);
}

/** Whoever listens in between would have the login, though the registry itself speaks TLS. */
function requirePrivacy(url: URL): void {
  if (url.protocol === "https:" || isLoopback(url.hostname)) return;
  throw new FatalError(`cannot log in at token server "${url.host}": it does not speak TLS`, {
    hint: "the registry, which does, names it; its administrator can change that",
  });
}

/** Whether a scope lets one add to a repository. */
export function wantsPush(scope: string): boolean {
  return /:pull,push\b/.test(scope);
}

/** The registry knows best what it wants, but for what we are going to do next. */
function scopes({ challenge, scope }: TokenRequest): readonly string[] {
  const wanted = challenge.parameters["scope"] ?? scope;
  const widened = wantsPush(scope) && !wantsPush(wanted);
  return (widened ? wanted.replace(/:pull(?= |$)/, ":pull,push") : wanted)
    .split(" ")
    .filter(Boolean);
}

function question(realmUrl: URL, request: TokenRequest): Outgoing {
  const url = new URL(realmUrl);
  const { service } = request.challenge.parameters;
  if (service) url.searchParams.set("service", service);
  for (const scope of scopes(request)) url.searchParams.append("scope", scope);
  const authorization = basicHeader(request.credentials);
  const headers: Record<string, string> = authorization ? { authorization } : {};
  return { method: "GET", url, headers, signal: request.signal };
}

function exchange(url: URL, request: TokenRequest): Outgoing {
  const form = new URLSearchParams({
    grant_type: "refresh_token",
    client_id: "charliecloud",
    service: request.challenge.parameters["service"] ?? "",
    scope: scopes(request).join(" "),
    refresh_token: request.credentials?.kind === "identity" ? request.credentials.token : "",
  });
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const body = () => Buffer.from(form.toString());
  return { method: "POST", url, headers, body, signal: request.signal };
}

/** The Authorization header of a user name and a password. */
export function basicHeader(credentials: Credentials | undefined): string | undefined {
  if (credentials?.kind !== "password") return undefined;
  const pair = `${credentials.username}:${credentials.password}`;
  return `Basic ${Buffer.from(pair).toString("base64")}`;
}

async function readToken(answer: IncomingMessage, url: URL): Promise<Token> {
  const body = await readBody(answer, LONGEST_TOKEN);
  const fields = parseDocument(body, `the answer of token server "${url.host}"`);
  const value = fields.maybeText("token") ?? fields.maybeText("access_token");
  if (!value) throw new FatalError(`cannot get a token: server "${url.host}" sends none`);
  const seconds = fields.has("expires_in") ? fields.count("expires_in") : DEFAULT_SECONDS;
  return { value, expires: Date.now() + (seconds - MARGIN_SECONDS) * 1000 };
}
