/** The body of an upload's request: a stretch of a blob, whose progress is told. */
import { Readable } from "node:stream";
import { FatalError, failure } from "../../base/error.ts";
import type { Upload } from "./upload-place.ts";

export interface Stretch {
  readonly from: number;
  readonly end: number;
  /** Called with the offset that has been reached. */
  readonly tell: (offset: number) => void;
}

export function uploadBody(upload: Upload, stretch: Stretch): Readable {
  return Readable.from(bytesOf(upload, stretch), { objectMode: false });
}

async function* bytesOf(
  { open, descriptor: { digest, size } }: Upload,
  { from, end, tell }: Stretch,
): AsyncGenerator<Uint8Array> {
  let at = from;
  tell(at);
  if (at === end) return;
  const stream = open(at);
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      const piece = chunk.subarray(0, end - at);
      yield piece;
      at += piece.length;
      tell(at);
      if (at === end) return;
    }
  } catch (error) {
    throw failure("read blob", digest, error);
  } finally {
    stream.destroy();
  }
  throw new FatalError(`cannot send blob "${digest}": it has ${at} bytes instead of ${size}`);
}
