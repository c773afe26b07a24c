/** What can be asked of a registry. */
import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";

export interface Ask {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below `/v2/`, or an address that the registry has given. */
  readonly path: string | URL;
  /** What a token has to allow: `repository:NAME:pull`. */
  readonly scope: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: (() => Uint8Array | Readable) | undefined;
  /** Statuses besides 2xx that are an answer, not a failure. */
  readonly accept?: readonly number[];
}

export interface Fetch extends Pick<Ask, "path" | "scope" | "headers"> {
  /** A longer answer cannot be meant. */
  readonly limit: number;
}

export interface Fetched {
  readonly body: Buffer;
  readonly headers: IncomingHttpHeaders;
}
