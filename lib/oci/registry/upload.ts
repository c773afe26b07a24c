/**
 * Sending a blob to a repository (distribution-spec, "Pushing blobs"): not if it is there, nor if
 * the registry can take it over from another repository. Else in one request, or in several where
 * the registry, or a proxy before it, refuses long ones.
 */
import { dump } from "./connections.ts";
import { locationOf, pushScope, type Upload } from "./upload-place.ts";
import { UploadSession } from "./upload-session.ts";

export type UploadOutcome = "there" | "mounted" | "sent";

/** A redirection leads to the blob, too; where it leads, HEAD is often not allowed. */
const THERE_OR_NOT: readonly number[] = [301, 302, 303, 307, 308, 404];

/** Make sure that a repository has a blob. */
export async function uploadBlob(upload: Upload): Promise<UploadOutcome> {
  const { descriptor, onBytes = () => {} } = upload;
  const outcome = await begin(upload);
  if (typeof outcome === "string") {
    onBytes(descriptor.size);
    return outcome;
  }
  const session = new UploadSession(upload, outcome);
  await session.send(async () => ((await isThere(upload)) ? undefined : start(upload)));
  return "sent";
}

async function begin(upload: Upload): Promise<URL | "there" | "mounted"> {
  if (await isThere(upload)) return "there";
  return (await mount(upload)) ?? start(upload);
}

async function isThere({ client, repository, descriptor }: Upload): Promise<boolean> {
  const answer = await client.request({
    method: "HEAD",
    path: `${repository}/blobs/${descriptor.digest}`,
    scope: pushScope(repository),
    accept: THERE_OR_NOT,
  });
  dump(answer);
  return answer.statusCode !== 404;
}

/** Undefined: it cannot be taken over. A registry that does not want to may begin an upload instead. */
async function mount(upload: Upload): Promise<URL | "mounted" | undefined> {
  const { client, repository, descriptor, sibling } = upload;
  if (sibling === undefined) return undefined;
  const query = new URLSearchParams({ mount: descriptor.digest, from: sibling });
  try {
    const answer = await client.request({
      method: "POST",
      path: `${repository}/blobs/uploads/?${query}`,
      scope: `${pushScope(repository)} repository:${sibling}:pull`,
    });
    dump(answer);
    return answer.statusCode === 201 ? "mounted" : locationOf(client.base, answer);
  } catch (error) {
    client.task.signal.throwIfAborted();
    client.task.log.info(`cannot take "${descriptor.digest}" over from "${sibling}": ${error}`);
    return undefined;
  }
}

async function start({ client, repository }: Upload): Promise<URL> {
  const answer = await client.request({
    method: "POST",
    path: `${repository}/blobs/uploads/`,
    scope: pushScope(repository),
    headers: { "content-length": "0" },
  });
  dump(answer);
  return locationOf(client.base, answer);
}
