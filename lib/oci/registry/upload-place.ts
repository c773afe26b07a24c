/** What is sent, where, and by what right. */
import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { FatalError } from "../../base/error.ts";
import type { Descriptor } from "../descriptor.ts";
import type { RegistryClient } from "./client.ts";

export interface Upload {
  readonly client: RegistryClient;
  readonly repository: string;
  readonly descriptor: Descriptor;
  /** The blob's bytes from an offset on. */
  readonly open: (from: number) => Readable;
  /** Another repository of the registry that may have it. */
  readonly sibling?: string | undefined;
  /** Called with the number of bytes as they leave; it is negative if they were lost. */
  readonly onBytes?: (count: number) => void;
}

/** What a token has to allow for adding to a repository. */
export function pushScope(repository: string): string {
  return `repository:${repository}:pull,push`;
}

/**
 * Where an answer says to go on: a whole address, or one below the registry's. A proxy that speaks
 * TLS for a registry often forgets to tell it so, and "http:" comes back for "https:".
 */
export function locationOf(base: URL, { headers }: IncomingMessage): URL {
  const { location = "" } = headers;
  const place = URL.canParse(location, base) ? new URL(location, base) : undefined;
  if (!location || !place) throw new FatalError(`registry "${base.host}" does not say where to go`);
  if (base.protocol === "https:" && place.hostname === base.hostname) place.protocol = "https:";
  if (place.protocol === "https:" || place.protocol === base.protocol) return place;
  throw new FatalError(`cannot follow registry "${base.host}" to "${location}"`, {
    hint: "from an encrypted connection only encrypted ones are followed",
  });
}
