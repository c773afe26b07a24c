/**
 * Proxies, as everybody's environment variables name them: $https_proxy, $http_proxy, $all_proxy and
 * $no_proxy, in either case. This host itself is never asked for through a proxy.
 */
import { BlockList, isIP } from "node:net";
import type { Environment } from "../../base/environment.ts";

/** The proxy for a URL, if there is one. */
export function proxyFor(url: URL, env: Environment): URL | undefined {
  const host = bareHost(url.hostname);
  if (isLoopback(host) || isExempt(host, portOf(url), variable(env, "no_proxy") ?? "")) {
    return undefined;
  }
  const scheme = url.protocol.slice(0, -1);
  const text = variable(env, `${scheme}_proxy`) ?? variable(env, "all_proxy");
  return text ? parseProxy(text) : undefined;
}

/** "localhost" and the addresses of this host's own interface, without brackets. */
export function isLoopback(host: string): boolean {
  const name = bareHost(host);
  return name === "localhost" || name === "::1" || (isIP(name) === 4 && name.startsWith("127."));
}

/** The port that a URL means. */
export function portOf(url: URL): string {
  return url.port || (url.protocol === "https:" ? "443" : "80");
}

/** A host as it is looked up: IPv6 addresses have brackets in URLs only. */
export function bareHost(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1").toLowerCase();
}

/** How a proxy wants to be told who we are. */
export function proxyHeaders({ username, password }: URL): Record<string, string> {
  if (username === "") return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { "proxy-authorization": `Basic ${Buffer.from(pair).toString("base64")}` };
}

function variable(env: Environment, name: string): string | undefined {
  return env[name] || env[name.toUpperCase()] || undefined;
}

function parseProxy(text: string): URL | undefined {
  const full = text.includes("://") ? text : `http://${text}`;
  return URL.canParse(full) ? new URL(full) : undefined;
}

function isExempt(host: string, port: string, list: string): boolean {
  return list
    .split(/[\s,]+/)
    .filter(Boolean)
    .some((entry) => matches(host, port, entry.toLowerCase()));
}

/** An entry is `*`, a domain, an address, or a range of addresses; all but the last with a port. */
function matches(host: string, port: string, entry: string): boolean {
  if (entry === "*") return true;
  if (entry.includes("/")) return isInRange(host, entry);
  const [, name = "", wanted = port] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
  if (isIP(entry)) return host === entry;
  const domain = bareHost(name).replace(/^\*?\./, "");
  return wanted === port && (host === domain || host.endsWith(`.${domain}`));
}

function isInRange(host: string, entry: string): boolean {
  const [network = "", bits = ""] = entry.split("/");
  const family = isIP(network);
  if (family === 0 || isIP(host) !== family || !/^\d{1,3}$/.test(bits)) return false;
  const [type, most] = family === 6 ? (["ipv6", 128] as const) : (["ipv4", 32] as const);
  if (Number(bits) > most) return false;
  const range = new BlockList();
  range.addSubnet(network, Number(bits), type);
  return range.check(host, type);
}
