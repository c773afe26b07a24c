/**
 * A token server for docker-registry, in the test's own process: JSON Web Tokens for whoever may
 * have them, signed with a certificate that the registry trusts.
 */
import { createPrivateKey, sign, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Certificate } from "./certificate.ts";
import { serveHttp } from "./http-server.ts";

export interface TokenServer {
  readonly realm: string;
  /** Who has asked, in order: a user's name, "identity", or "nobody". */
  readonly askers: string[];
  /** Changed by tests. */
  readonly rules: {
    /** How long tokens last, in seconds; they say that it is longer. */
    lifetime: number;
    /** Whether nobody in particular may pull. */
    anonymous: boolean;
    /** What the field of the answer is called. */
    field: "token" | "access_token";
  };
}

export async function startTokenServer(certificate: Certificate): Promise<TokenServer> {
  const askers: string[] = [];
  const rules: TokenServer["rules"] = { lifetime: 300, anonymous: true, field: "token" };
  const server: TokenServer = { realm: "", askers, rules };
  const address = await serveHttp(async (request, response) => {
    const question = await read(request);
    const asker = askerOf(request, question);
    askers.push(asker ?? "stranger");
    answer(response, { certificate, server, question, asker });
  });
  return Object.assign(server, { realm: `http://${address}/token` });
}

async function read(request: IncomingMessage): Promise<URLSearchParams> {
  let body = "";
  for await (const chunk of request.setEncoding("utf8")) body += chunk;
  return request.method === "POST"
    ? new URLSearchParams(body)
    : new URL(request.url ?? "", "http://x").searchParams;
}

/** Undefined: who claims to be somebody and is not. */
function askerOf(request: IncomingMessage, question: URLSearchParams): string | undefined {
  const token = question.get("refresh_token");
  if (token !== null) return token === "identity-token" ? "identity" : undefined;
  const [, text = ""] = /^Basic (.*)$/.exec(request.headers.authorization ?? "") ?? [];
  if (text === "") return "nobody";
  const pair = Buffer.from(text, "base64").toString();
  return pair === "test:testpw" ? "test" : undefined;
}

interface Context {
  readonly certificate: Certificate;
  readonly server: TokenServer;
  readonly question: URLSearchParams;
  readonly asker: string | undefined;
}

function answer(response: ServerResponse, context: Context): void {
  const { rules } = context.server;
  if (context.asker === undefined) {
    response.writeHead(401).end('{"errors":[{"code":"UNAUTHORIZED"}]}');
    return;
  }
  const document = { [rules.field]: makeToken(context), expires_in: 300 };
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(document));
}

function makeToken({ certificate, server, question, asker }: Context): string {
  const now = Math.floor(Date.now() / 1000);
  const chain = new X509Certificate(readFileSync(certificate.certificateFile)).raw;
  const header = { typ: "JWT", alg: "ES256", x5c: [chain.toString("base64")] };
  const claims = {
    iss: "test-issuer",
    sub: asker,
    aud: question.get("service"),
    exp: now + server.rules.lifetime,
    nbf: now - 100,
    iat: now,
    access: accessOf(question.get("scope") ?? "", asker !== "nobody" || server.rules.anonymous),
  };
  const signed = [header, claims].map(encoded).join(".");
  const key = createPrivateKey(readFileSync(certificate.keyFile));
  const signature = sign("sha256", Buffer.from(signed), { key, dsaEncoding: "ieee-p1363" });
  return `${signed}.${signature.toString("base64url")}`;
}

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

/** `repository:NAME:pull,push`, as the registry wants it. */
function accessOf(scope: string, isAllowed: boolean): unknown {
  const [, type, name, actions = ""] = /^(\w+):(.*):([\w,*]+)$/.exec(scope) ?? [];
  return isAllowed && name ? [{ type, name, actions: actions.split(",") }] : [];
}
