/** The file that a blob grows in: what it holds has always been summed up. */
import { type FileHandle, open } from "node:fs/promises";
import { failure } from "../../base/error.ts";
import type { Descriptor } from "../descriptor.ts";
import { Verifier } from "../verify.ts";

const PIECE = 1024 * 1024;

export class PartFile {
  readonly #path: string;
  readonly #descriptor: Descriptor;
  readonly #file: FileHandle;
  readonly #onBytes: (count: number) => void;
  #verifier: Verifier;

  private constructor(
    path: string,
    descriptor: Descriptor,
    parts: { file: FileHandle; onBytes: (count: number) => void },
  ) {
    this.#path = path;
    this.#descriptor = descriptor;
    this.#file = parts.file;
    this.#onBytes = parts.onBytes;
    this.#verifier = new Verifier(descriptor.digest, descriptor.size);
  }

  /** Open the file, and sum up what is in it. `onBytes` hears of every byte that counts. */
  static async open(
    path: string,
    descriptor: Descriptor,
    onBytes: (count: number) => void,
  ): Promise<PartFile> {
    const file = await open(path, "a+").catch((error) => {
      throw failure("write", path, error);
    });
    const part = new PartFile(path, descriptor, { file, onBytes });
    await part.#sumUp();
    return part;
  }

  /** Bytes in it. */
  get length(): number {
    return this.#verifier.seen;
  }

  get isFull(): boolean {
    return this.length >= this.#descriptor.size;
  }

  /** Throws unless it is the whole blob, and the right one. */
  verify(): void {
    this.#verifier.finish();
  }

  /** Forget everything. */
  async restart(): Promise<void> {
    this.#onBytes(-this.length);
    this.#verifier = new Verifier(this.#descriptor.digest, this.#descriptor.size);
    await this.#file.truncate(0);
  }

  /** Take in what comes; also what came before an error is kept. */
  async append(stream: AsyncIterable<Uint8Array>): Promise<void> {
    let waiting: Uint8Array[] = [];
    let bytes = 0;
    // Pieces are written together: each write is a trip to another thread.
    const flush = async (): Promise<void> => {
      const together = Buffer.concat(waiting);
      waiting = [];
      bytes = 0;
      await this.#write(together);
    };
    try {
      for await (const chunk of stream) {
        this.#verifier.update(chunk);
        waiting.push(chunk);
        bytes += chunk.length;
        if (bytes >= PIECE) await flush();
      }
    } finally {
      await flush();
    }
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #sumUp(): Promise<void> {
    const { size } = await this.#file.stat();
    if (size > this.#descriptor.size) return this.restart();
    const buffer = Buffer.allocUnsafe(PIECE);
    while (this.length < size) {
      const { bytesRead } = await this.#file.read(buffer, 0, PIECE, this.length);
      if (bytesRead === 0) break;
      this.#verifier.update(buffer.subarray(0, bytesRead));
    }
    this.#onBytes(this.length);
  }

  async #write(bytes: Buffer): Promise<void> {
    try {
      for (let done = 0; done < bytes.length; ) {
        done += (await this.#file.write(bytes, done)).bytesWritten;
      }
      this.#onBytes(bytes.length);
    } catch (error) {
      throw failure("write", this.#path, error);
    }
  }
}
