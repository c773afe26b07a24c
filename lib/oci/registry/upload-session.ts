/**
 * An upload that has begun. What breaks off goes on where the registry says that it has stopped; if
 * the registry has forgotten, the upload begins anew. A refusal of long requests, mostly by a proxy
 * before the registry, is answered by shorter ones.
 */
import type { IncomingMessage } from "node:http";
import { FatalError } from "../../base/error.ts";
import { dump } from "./connections.ts";
import { connectionError, HttpError } from "./problem.ts";
import { Retries } from "./retry.ts";
import { uploadBody } from "./upload-body.ts";
import { locationOf, pushScope, type Upload } from "./upload-place.ts";

const TOO_LONG = 413;
const FIRST_PIECE = 64 * 1024 * 1024;
const SMALLEST_PIECE = 512 * 1024;

export class UploadSession {
  readonly #upload: Upload;
  /** Where to send what follows. */
  #place: URL;
  /** Bytes that the registry has. */
  #offset = 0;
  /** Bytes that whoever watches has been told of. */
  #told = 0;
  /** The most bytes of a request. */
  #piece = Number.POSITIVE_INFINITY;

  constructor(upload: Upload, place: URL) {
    this.#upload = upload;
    this.#place = place;
  }

  /** Send the blob. `restart` begins anew; undefined: the registry has it after all. */
  async send(restart: () => Promise<URL | undefined>): Promise<void> {
    const retries = new Retries(this.#upload.client.task);
    for (;;) {
      const before = this.#offset;
      try {
        return await this.#sendRest();
      } catch (error) {
        if (this.#offset > before) retries.reset();
        if (!this.#shorten(error)) await this.#wait(retries, error);
      }
      if (await this.#findOffset()) continue;
      this.#offset = 0;
      const place = await restart();
      if (place === undefined) return this.#tell(this.#size);
      this.#place = place;
    }
  }

  get #size(): number {
    return this.#upload.descriptor.size;
  }

  async #sendRest(): Promise<void> {
    while (this.#size - this.#offset > this.#piece) await this.#sendPiece();
    const place = new URL(this.#place);
    const digest = encodeURIComponent(this.#upload.descriptor.digest);
    // Whatever else is in the address may be signed as it is written.
    place.search += `${place.search ? "&" : "?"}digest=${digest}`;
    dump(await this.#put("PUT", place, this.#size));
  }

  async #sendPiece(): Promise<void> {
    const end = this.#offset + this.#piece;
    const answer = await this.#put("PATCH", this.#place, end);
    dump(answer);
    this.#place = locationOf(this.#upload.client.base, answer);
    this.#offset = end;
  }

  /** Send the bytes up to `end`. */
  #put(method: "PATCH" | "PUT", path: URL, end: number): Promise<IncomingMessage> {
    const { client, repository } = this.#upload;
    const from = this.#offset;
    const isWhole = from === 0 && end === this.#size;
    const range: Record<string, string> =
      isWhole || end === from ? {} : { "content-range": `${from}-${end - 1}` };
    return client.requestOnce({
      method,
      path,
      scope: pushScope(repository),
      headers: {
        "content-type": "application/octet-stream",
        "content-length": String(end - from),
        ...range,
      },
      body: () => uploadBody(this.#upload, { from, end, tell: (done) => this.#tell(done) }),
    });
  }

  #tell(done: number): void {
    this.#upload.onBytes?.(done - this.#told);
    this.#told = done;
  }

  /** Whether the error is about the length of a request, and shorter ones are possible. */
  #shorten(error: unknown): boolean {
    if (!(error instanceof HttpError && error.httpStatus === TOO_LONG)) return false;
    const shorter = Math.floor(Math.min(this.#piece / 4, FIRST_PIECE, this.#size / 2));
    if (shorter < SMALLEST_PIECE) return false;
    this.#piece = shorter;
    this.#upload.client.task.log.info(`requests of ${shorter} bytes from now on`);
    return true;
  }

  async #wait(retries: Retries, error: unknown): Promise<void> {
    const { client } = this.#upload;
    try {
      await retries.wait(error);
    } catch (last) {
      client.task.signal.throwIfAborted();
      throw last instanceof FatalError ? last : connectionError(last, client.base);
    }
  }

  /** Ask where to go on; false: the registry does not know. */
  async #findOffset(): Promise<boolean> {
    const { client, repository } = this.#upload;
    try {
      const scope = pushScope(repository);
      const answer = await client.request({ method: "GET", path: this.#place, scope });
      dump(answer);
      const [, last] = /^(?:bytes=)?0-(\d+)$/.exec(String(answer.headers["range"] ?? "")) ?? [];
      if (last === undefined) return false;
      // Of nothing, registries say "0-0".
      this.#offset = last === "0" ? 0 : Number(last) + 1;
      if (answer.headers.location) this.#place = locationOf(client.base, answer);
      return this.#offset <= this.#size;
    } catch (error) {
      client.task.signal.throwIfAborted();
      client.task.log.info(`the upload begins anew: ${error}`);
      return false;
    }
  }
}
