/** Images put into a registry by the plainest of means, so that our own push is not needed. */
import { createHash } from "node:crypto";

export interface Blob {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

export const TYPES = {
  config: "application/vnd.oci.image.config.v1+json",
  dockerConfig: "application/vnd.docker.container.image.v1+json",
  dockerIndex: "application/vnd.docker.distribution.manifest.list.v2+json",
  dockerLayer: "application/vnd.docker.image.rootfs.diff.tar.gzip",
  dockerManifest: "application/vnd.docker.distribution.manifest.v2+json",
  index: "application/vnd.oci.image.index.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar+gzip",
  manifest: "application/vnd.oci.image.manifest.v1+json",
} as const;

export function sha256(bytes: Uint8Array | string): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** A repository of a registry that speaks plain HTTP. */
export class Repository {
  readonly #base: string;

  constructor(registry: string, name: string) {
    this.#base = `http://${registry}/v2/${name}`;
  }

  async putBlob(bytes: Uint8Array, mediaType: string): Promise<Blob> {
    const digest = sha256(bytes);
    const started = await fetch(`${this.#base}/blobs/uploads/`, { method: "POST" });
    const place = new URL(started.headers.get("location") ?? "", this.#base);
    place.searchParams.set("digest", digest);
    const headers = { "content-type": "application/octet-stream" };
    expect(await fetch(place, { method: "PUT", body: new Uint8Array(bytes), headers }), 201);
    return { mediaType, digest, size: bytes.length };
  }

  /** Put a manifest or an index under a tag, or under its digest without one. */
  async putManifest(document: unknown, mediaType: string, tag?: string): Promise<Blob> {
    const bytes = Buffer.from(JSON.stringify(document));
    const digest = sha256(bytes);
    const headers = { "content-type": mediaType };
    const url = `${this.#base}/manifests/${tag ?? digest}`;
    expect(await fetch(url, { method: "PUT", body: new Uint8Array(bytes), headers }), 201);
    return { mediaType, digest, size: bytes.length };
  }

  /** An image of these layers, uncompressed archives by diff id. */
  async putImage(
    layers: readonly { readonly blob: Blob; readonly diffId: string }[],
    { tag, platform = "linux/amd64", docker = false, created, config = {} }: ImageOptions,
  ): Promise<Blob> {
    const [os, architecture, variant] = platform.split("/");
    const rootfs = { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) };
    const described = { os, architecture, ...(variant ? { variant } : {}), rootfs, config };
    const document = created === undefined ? described : { ...described, created };
    const configType = docker ? TYPES.dockerConfig : TYPES.config;
    const stored = await this.putBlob(Buffer.from(JSON.stringify(document)), configType);
    const mediaType = docker ? TYPES.dockerManifest : TYPES.manifest;
    const blobs = layers.map(({ blob }) => blob);
    const manifest = { schemaVersion: 2, mediaType, config: stored, layers: blobs };
    return this.putManifest(manifest, mediaType, tag);
  }
}

export interface ImageOptions {
  readonly tag?: string;
  readonly platform?: string;
  /** When it was made, by its configuration. */
  readonly created?: string;
  /** Docker's media types. */
  readonly docker?: boolean;
  readonly config?: unknown;
}

function expect(response: Response, status: number): void {
  if (response.status !== status) throw new Error(`status ${response.status} of ${response.url}`);
}
