/** Manifests from a registry, each verified against the digest it was asked or announced by. */
import { FatalError } from "../../base/error.ts";
import type { FoundManifest } from "../choose-image.ts";
import { isDigest } from "../digest.ts";
import { parseManifest } from "../manifest.ts";
import { MANIFEST_TYPES } from "../media-type.ts";
import { digestOf, verifyDigest } from "../verify.ts";
import type { RegistryClient } from "./client.ts";
import { isNotFound } from "./problem.ts";

/** OCI's specification lets registries refuse more. */
export const LONGEST_MANIFEST = 4 * 1024 * 1024;

export interface Repository {
  readonly client: RegistryClient;
  readonly repository: string;
  /** What the image is called in messages. */
  readonly name: string;
}

/** Fetch the manifest that a tag or a digest names. */
export async function fetchManifest(
  { client, repository, name }: Repository,
  tagOrDigest: string,
): Promise<FoundManifest> {
  const { body, headers } = await client
    .fetch({
      path: `${repository}/manifests/${tagOrDigest}`,
      scope: `repository:${repository}:pull`,
      headers: { accept: MANIFEST_TYPES.join(", ") },
      limit: LONGEST_MANIFEST,
    })
    .catch((error) => {
      if (isNotFound(error)) throw notFound(name, error);
      throw error;
    });
  const announced = headers["docker-content-digest"];
  const expected = isDigest(tagOrDigest) ? tagOrDigest : announced;
  if (typeof expected === "string") verifyDigest(body, expected, "manifest");
  const digest = typeof expected === "string" ? expected : digestOf(body);
  return { digest, bytes: body, manifest: parseManifest(body, name, headers["content-type"]) };
}

/** The same; undefined if the registry has none. */
export async function maybeManifest(
  place: Repository,
  tagOrDigest: string,
): Promise<FoundManifest | undefined> {
  try {
    return await fetchManifest(place, tagOrDigest);
  } catch (error) {
    if (error instanceof FatalError && isNotFound(error.cause)) return undefined;
    throw error;
  }
}

function notFound(name: string, cause: FatalError): FatalError {
  return new FatalError(`there is no image "${name}" in the registry`, {
    hint: cause.message,
    cause,
  });
}
