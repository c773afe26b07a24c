/**
 * Blobs that lie in files of this host: a file each in a layout, members of an archive. They are
 * read in pieces, and copied with their digests checked on the way.
 */
import { open } from "node:fs/promises";
import { FatalError, failure } from "../base/error.ts";
import type { Task } from "../base/task.ts";
import type { Descriptor } from "./descriptor.ts";
import type { OnBytes } from "./image.ts";
import type { Slice } from "./tar-headers.ts";
import { Verifier } from "./verify.ts";

const PIECE = 1024 * 1024;

/** Where a blob is. */
export interface BlobFile extends Slice {
  readonly path: string;
}

export interface Copying {
  readonly from: BlobFile;
  readonly to: string;
  readonly onBytes?: OnBytes | undefined;
  readonly task: Task;
}

/** Copy a blob; what an earlier try has left at the target is written over. */
export async function copyBlob({ digest, size }: Descriptor, copying: Copying): Promise<void> {
  const { from, to, onBytes, task } = copying;
  const verifier = new Verifier(digest, size);
  const target = await open(to, "w").catch((error) => {
    throw failure("write", to, error);
  });
  try {
    for await (const piece of pieces(from)) {
      task.signal.throwIfAborted();
      verifier.update(piece);
      await target.writeFile(piece).catch((error) => {
        throw failure("write", to, error);
      });
      onBytes?.(piece.length);
    }
    verifier.finish();
  } finally {
    await target.close();
  }
}

/** A small blob in full, verified. */
export async function readBlob(
  { digest, size }: Descriptor,
  from: BlobFile,
  limit: number,
): Promise<Buffer> {
  if (size > limit) {
    throw new FatalError(`cannot use blob "${digest}": it is longer than ${limit} bytes`);
  }
  const verifier = new Verifier(digest, size);
  const found: Buffer[] = [];
  for await (const piece of pieces(from)) {
    verifier.update(piece);
    found.push(Buffer.from(piece));
  }
  verifier.finish();
  return Buffer.concat(found);
}

/** A piece is valid until the next one is asked for. */
async function* pieces({ path, offset, size }: BlobFile): AsyncGenerator<Buffer> {
  const file = await open(path, "r").catch((error) => {
    throw failure("read", path, error);
  });
  try {
    const buffer = Buffer.alloc(Math.min(PIECE, Math.max(size, 1)));
    for (let done = 0; done < size; ) {
      const length = Math.min(buffer.length, size - done);
      const { bytesRead } = await file.read(buffer, 0, length, offset + done);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
      done += bytesRead;
    }
  } finally {
    await file.close();
  }
}
