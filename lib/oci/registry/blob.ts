/**
 * Fetching a blob into a file. What an earlier try, or an earlier process, has left there is kept:
 * it is summed up again, and only the rest is asked for. The file is right if the call ends well.
 */
import type { IncomingMessage } from "node:http";
import { FatalError } from "../../base/error.ts";
import type { Descriptor } from "../descriptor.ts";
import type { OnBytes } from "../image.ts";
import { verifyDigest } from "../verify.ts";
import type { Ask } from "./ask.ts";
import type { RegistryClient } from "./client.ts";
import { PartFile } from "./part-file.ts";
import { connectionError, isNotFound } from "./problem.ts";

export interface Download {
  readonly client: RegistryClient;
  readonly repository: string;
  readonly descriptor: Descriptor;
  /** The file; nobody else may write to it meanwhile. */
  readonly path: string;
  readonly onBytes?: OnBytes;
}

export async function downloadBlob(download: Download): Promise<void> {
  const { path, descriptor, onBytes = () => {} } = download;
  const part = await PartFile.open(path, descriptor, onBytes);
  try {
    const found = part.length;
    await complete(part, download);
    if (await isRight(part, found === 0)) return;
    // Its beginning was another process's, and damaged.
    download.client.task.log.info(`fetching anew: ${descriptor.digest}`);
    await complete(part, download);
    await isRight(part, true);
  } finally {
    await part.close();
  }
}

/** Whether a full file is what it should be. If not it is empty then, or that is an error. */
async function isRight(part: PartFile, isLastChance: boolean): Promise<boolean> {
  try {
    part.verify();
    return true;
  } catch (error) {
    await part.restart();
    if (isLastChance) throw error;
    return false;
  }
}

/** Fetch what is missing, however often that breaks off, as long as each try brings something. */
async function complete(part: PartFile, download: Download): Promise<void> {
  const { client } = download;
  const retries = client.retries();
  while (!part.isFull) {
    const before = part.length;
    try {
      await fetchRest(part, download);
    } catch (error) {
      if (part.length > before) retries.reset();
      await retries.wait(error).catch((last) => {
        client.task.signal.throwIfAborted();
        throw last instanceof FatalError ? last : connectionError(last, client.base);
      });
    }
  }
}

async function fetchRest(part: PartFile, download: Download): Promise<void> {
  const before = part.length;
  const answer = await ask(download, before);
  if (before > 0 && !continues(answer, before)) {
    // It would send all of it again, or does not know what we mean.
    answer.destroy();
    await part.restart();
    return;
  }
  await part.append(answer);
  if (part.length > before) return;
  throw Object.assign(new Error("nothing was sent"), { code: "ECONNRESET" });
}

function continues({ statusCode, headers }: IncomingMessage, from: number): boolean {
  return statusCode === 206 && headers["content-range"]?.startsWith(`bytes ${from}-`) === true;
}

/** Of a foreign layer, the registry may know only where it is. */
async function ask(download: Download, from: number): Promise<IncomingMessage> {
  const { client, repository, descriptor } = download;
  const request: Omit<Ask, "path"> = {
    method: "GET",
    scope: `repository:${repository}:pull`,
    headers: from > 0 ? { range: `bytes=${from}-` } : {},
    accept: from > 0 ? [416] : [],
  };
  const own = { ...request, path: `${repository}/blobs/${descriptor.digest}` };
  const elsewhere = descriptor.urls?.find((url) => /^https?:/.test(url) && URL.canParse(url));
  try {
    return await client.requestOnce(own);
  } catch (error) {
    if (elsewhere === undefined || !isNotFound(error)) throw error;
    return client.requestOnce({ ...request, path: new URL(elsewhere) });
  }
}

/** The whole of a small blob, into memory. */
export async function fetchSmallBlob(
  { client, repository, descriptor }: Omit<Download, "path">,
  limit: number,
): Promise<Buffer> {
  if (descriptor.size > limit) {
    throw new FatalError(
      `cannot use blob "${descriptor.digest}": it is longer than ${limit} bytes`,
    );
  }
  const { body } = await client.fetch({
    path: `${repository}/blobs/${descriptor.digest}`,
    scope: `repository:${repository}:pull`,
    limit,
  });
  verifyDigest(body, descriptor.digest, "blob");
  return body;
}
