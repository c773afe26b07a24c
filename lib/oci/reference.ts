/**
 * References: what users call images, `[HOST[:PORT]/][PATH/]NAME[:TAG][@DIGEST]`. Docker's rules
 * tell a host from a path (a dot, a port, or "localhost") and fill in Docker Hub, "library" and
 * "latest"; so that "alpine", "alpine:latest" and "docker.io/library/alpine:latest" are one image.
 *
 * In the names of files "%" stands for "/" and "+" for ":", and a reference may be so written.
 */
import { STATUS_USAGE } from "../base/error.ts";
import { isDigest } from "./digest.ts";
import { NoImageError } from "./no-image.ts";

export interface Reference {
  /** Host and port; Docker Hub is "docker.io". */
  readonly registry: string;
  /** `library/alpine` */
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
  /** It was written with "http://": the registry is spoken to in the clear. */
  readonly plainHttp: boolean;
}

/** A registry, and where in it: `[http://]HOST[:PORT][/PREFIX]`. */
export interface RegistryPlace {
  readonly registry: string;
  /** What comes before an image's own path, without slashes at its ends; often empty. */
  readonly prefix: string;
  readonly plainHttp: boolean;
}

const DOCKER_HUB = "docker.io";
const HUB_NAMES: readonly string[] = ["docker.io", "index.docker.io", "registry-1.docker.io"];
export const HUB: RegistryPlace = { registry: DOCKER_HUB, prefix: "", plainHttp: false };

const HOST = /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|\[[0-9a-fA-F:]+\])(?::\d{1,5})?$/;
const PATH =
  /^[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*)*$/;
const TAG = /^\w[\w.-]{0,127}$/;

/**
 * Read a reference, a name without a host as one at `usual`; throws a usage error that says what is
 * wrong with it.
 */
export function parseReference(text: string, usual: RegistryPlace = HUB): Reference {
  const [, scheme = "", rest = ""] = /^(https?:\/\/|docker:\/\/)?(.*)$/s.exec(text) ?? [];
  const { name, tag, digest } = splitName(rest.replaceAll("%", "/").replaceAll("+", ":"));
  const { registry, repository, plainHttp } = locate(name, usual);
  if (/^\.{0,2}\//.test(text)) throw refusal(text, "it is a path");
  if (tag !== undefined && !TAG.test(tag)) throw refusal(text, `"${tag}" is no tag`);
  if (digest !== undefined && !isDigest(digest)) throw refusal(text, `"${digest}" is no digest`);
  if (!HOST.test(registry)) throw refusal(text, `"${registry}" is no host`);
  if (!PATH.test(repository)) throw refusal(text, pathFault(repository));
  const implied = tag ?? (digest === undefined ? "latest" : undefined);
  const isPlain = plainHttp || scheme === "http://";
  return { registry, repository, tag: implied, digest, plainHttp: isPlain };
}

/** Read where a registry is; undefined if it cannot be that. */
export function parsePlace(text: string): RegistryPlace | undefined {
  const [, scheme, registry = "", path = ""] =
    /^(https?:\/\/)?([^/]+)((?:\/.*)?)$/s.exec(text) ?? [];
  const prefix = path.replace(/^\/+|\/+$/g, "");
  if (!HOST.test(registry) || (prefix !== "" && !PATH.test(prefix))) return undefined;
  const plainHttp = scheme === "http://";
  // In front of a name it has to be told from a path.
  const port = isHost(registry) ? "" : plainHttp ? ":80" : ":443";
  return { registry: registry + port, prefix, plainHttp };
}

/** The same in words. */
export function formatPlace({ registry, prefix, plainHttp }: RegistryPlace): string {
  return `${plainHttp ? "http://" : ""}${registry}${prefix ? `/${prefix}` : ""}`;
}

/** What is after the last "/" may have a tag; a port is before it. */
function splitName(text: string): { name: string; tag?: string; digest?: string } {
  const [head = "", ...digests] = text.split("@");
  const digest = digests.length > 0 ? { digest: digests.join("@") } : {};
  const colon = head.indexOf(":", head.lastIndexOf("/") + 1);
  if (colon === -1) return { name: head, ...digest };
  return { name: head.slice(0, colon), tag: head.slice(colon + 1), ...digest };
}

type Located = Pick<Reference, "registry" | "repository" | "plainHttp">;

function locate(name: string, usual: RegistryPlace): Located {
  const slash = name.indexOf("/");
  const first = name.slice(0, Math.max(slash, 0));
  if (isHost(first)) return { ...onRegistry(first, name.slice(slash + 1)), plainHttp: false };
  const { registry, prefix, plainHttp } = usual;
  return { ...onRegistry(registry, prefix ? `${prefix}/${name}` : name), plainHttp };
}

function isHost(text: string): boolean {
  return /[.:[]/.test(text) || text === "localhost";
}

function onRegistry(host: string, path: string): Omit<Located, "plainHttp"> {
  if (!HUB_NAMES.includes(host)) return { registry: host, repository: path };
  return { registry: DOCKER_HUB, repository: path.includes("/") ? path : `library/${path}` };
}

function pathFault(repository: string): string {
  if (repository === "" || repository.endsWith("/")) return "it has no name";
  if (/[A-Z]/.test(repository)) return "names are in lower case";
  return `"${repository}" is no name of an image`;
}

function refusal(text: string, fault: string): Error {
  const message = `"${text}" is no image reference: ${fault}`;
  return new NoImageError(text, message, { status: STATUS_USAGE });
}

/** What is asked for in the repository: the digest, which says all, or the tag. */
export function versionOf({ digest, tag = "latest" }: Reference): string {
  return digest ?? tag;
}

/** With all that is filled in. */
export function fullName({ registry, repository, tag, digest }: Reference): string {
  return `${registry}/${repository}${tag ? `:${tag}` : ""}${digest ? `@${digest}` : ""}`;
}

/** As people write it: without what is filled in anyway, but with the tag. */
export function familiarName(reference: Reference): string {
  const { registry, repository, tag, digest } = reference;
  const path = registry === DOCKER_HUB ? repository.replace(/^library\/(?!.*\/)/, "") : repository;
  const host = registry === DOCKER_HUB ? "" : `${registry}/`;
  return `${host}${path}${tag ? `:${tag}` : ""}${digest ? `@${digest}` : ""}`;
}

/** A file's name, from which parseReference() makes the same reference again. */
export function fileName(reference: Reference): string {
  return familiarName(reference).replaceAll("/", "%").replaceAll(":", "+");
}
