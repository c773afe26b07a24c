/**
 * Where cosign leaves signatures in a registry. Since its version 3: Sigstore bundles, in artifacts
 * that refer to the image (OCI distribution specification 1.1, "Listing Referrers", with the tag that
 * stands in where a registry cannot list them). Before: payloads with annotations, in an image
 * tagged sha256-HEX.sig.
 */
import type { Descriptor } from "../descriptor.ts";
import { type Manifest, parseManifest } from "../manifest.ts";
import { fetchSmallBlob } from "../registry/blob.ts";
import { LONGEST_MANIFEST, maybeManifest, type Repository } from "../registry/manifest-source.ts";
import { isNotFound } from "../registry/problem.ts";

const LONGEST_SIGNATURE = 1024 * 1024;
/** Of one image; whoever may write to its repository can add as many as they like. */
const MOST_SIGNATURES = 64;
const PAYLOAD_TYPE = "application/vnd.dev.cosign.simplesigning.v1+json";
const BUNDLE_TYPE = /^application\/vnd\.dev\.sigstore\.bundle(\.v0\.\d+)?\+json/;

/** As it lies there: neither verified nor read. */
export interface Signature {
  /** Whether it is of the older kind: `bytes` are what is signed, and the rest is annotated. */
  readonly isOlder: boolean;
  /** Else a Sigstore bundle. */
  readonly bytes: Buffer;
  readonly annotations: Readonly<Record<string, string>>;
}

/** All signatures of a manifest that its repository has. */
export async function fetchSignatures(
  repository: Repository,
  digest: string,
): Promise<readonly Signature[]> {
  const tag = digest.replace(":", "-");
  const older = await maybeManifest(repository, `${tag}.sig`);
  const newer =
    (await maybeReferrers(repository, digest)) ?? (await maybeManifest(repository, tag))?.manifest;
  const layers = [...layersOf(older?.manifest), ...(await artifactLayers(repository, newer))];
  const signatures: Signature[] = [];
  for (const layer of layers.filter(isSignature).slice(0, MOST_SIGNATURES)) {
    const { client, repository: name } = repository;
    const place = { client, repository: name, descriptor: layer };
    const bytes = await fetchSmallBlob(place, LONGEST_SIGNATURE);
    const { mediaType, annotations = {} } = layer;
    signatures.push({ isOlder: mediaType === PAYLOAD_TYPE, bytes, annotations });
  }
  return signatures;
}

function isSignature({ mediaType }: Descriptor): boolean {
  return mediaType === PAYLOAD_TYPE || BUNDLE_TYPE.test(mediaType);
}

function layersOf(manifest: Manifest | undefined): readonly Descriptor[] {
  return manifest?.kind === "manifest" ? manifest.layers : [];
}

/** What a registry lists itself; undefined if it cannot. */
async function maybeReferrers(
  { client, repository, name }: Repository,
  digest: string,
): Promise<Manifest | undefined> {
  const scope = `repository:${repository}:pull`;
  const path = `${repository}/referrers/${digest}`;
  try {
    const { body, headers } = await client.fetch({ path, scope, limit: LONGEST_MANIFEST });
    return parseManifest(body, name, headers["content-type"]);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

async function artifactLayers(
  repository: Repository,
  index: Manifest | undefined,
): Promise<readonly Descriptor[]> {
  if (index?.kind !== "index") return [];
  const layers: Descriptor[] = [];
  for (const { digest } of index.manifests.slice(0, MOST_SIGNATURES)) {
    layers.push(...layersOf((await maybeManifest(repository, digest))?.manifest));
  }
  return layers;
}
