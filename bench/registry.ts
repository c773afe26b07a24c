/**
 * A registry of this host for the length of a benchmark: Debian's docker-registry, by TLS, which
 * every peer speaks, with images of several layers.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { FatalError } from "../lib/base/error.ts";
import { findProgram } from "../lib/base/search.ts";
import type { Track } from "./track.ts";

const PROGRAM = "docker-registry";
const OCI = "application/vnd.oci.image";

/** What a layer is packed from: words of tar(1). */
export type LayerSource = readonly string[];

interface Blob {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

export class BenchRegistry {
  /** `HOST:PORT` */
  readonly address: string;
  readonly #track: Track;

  private constructor(address: string, track: Track) {
    this.address = address;
    this.#track = track;
  }

  /** Start one, which ends with the benchmark; undefined, and said, where there is none. */
  static async start(track: Track): Promise<BenchRegistry | undefined> {
    const missing = [PROGRAM, "skopeo", "openssl"].find((program) => !findProgram(program));
    if (missing !== undefined) {
      track.task.log.warning(`not measured: whatever needs a registry (no ${missing})`);
      return undefined;
    }
    const folder = join(track.folder, "registry");
    await mkdir(folder);
    await track.own(folder);
    const [certificate, key] = [join(folder, "server.crt"), join(folder, "server.key")];
    await track.run([
      ...["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"],
      ...["-subj", "/CN=bench", "-addext", "subjectAltName=IP:127.0.0.1"],
      ...["-keyout", key, "-out", certificate],
    ]);
    const file = join(folder, "config.json");
    await writeFile(file, JSON.stringify(configuration(folder, certificate, key)));
    const child = spawn(PROGRAM, ["serve", file], { stdio: ["ignore", "ignore", "pipe"] });
    process.once("exit", () => child.kill("SIGKILL"));
    child.unref();
    return new BenchRegistry(await listening(child), track);
  }

  /** Put an image of such layers, the oldest first, under a name; returns its reference. */
  async putImage(name: string, layers: readonly LayerSource[]): Promise<string> {
    const layout = join(this.#track.folder, `layout-${name}`);
    await mkdir(join(layout, "blobs/sha256"), { recursive: true });
    await this.#track.own(layout);
    const packed: Blob[] = [];
    const diffIds: string[] = [];
    for (const words of layers) {
      const archive = join(layout, "layer.tar");
      await this.#track.run(["tar", "--owner=0", "--group=0", "-cf", archive, ...words]);
      diffIds.push(digestOf(await readFile(archive)));
      await this.#track.run(["gzip", "-f", archive]);
      const bytes = await readFile(`${archive}.gz`);
      packed.push(await putBlob(layout, bytes, `${OCI}.layer.v1.tar+gzip`));
    }
    await writeIndex(layout, packed, diffIds);
    const reference = `${this.address}/${name}:latest`;
    const copy = ["skopeo", "copy", "-q", "--insecure-policy", "--dest-tls-verify=false"];
    await this.#track.run([...copy, `oci:${layout}:latest`, `docker://${reference}`]);
    return reference;
  }
}

function configuration(folder: string, certificate: string, key: string): unknown {
  return {
    version: "0.1",
    log: { level: "info", accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: join(folder, "data") },
      maintenance: { uploadpurging: { enabled: false } },
    },
    http: { addr: "127.0.0.1:0", secret: "x", tls: { certificate, key } },
  };
}

async function listening(child: ChildProcess): Promise<string> {
  const stream = child.stderr as Readable;
  for await (const line of createInterface({ input: stream })) {
    const [, address] = /listening on ([0-9.]+:\d+)/.exec(line) ?? [];
    if (address === undefined) continue;
    stream.resume();
    (stream as { unref?: () => void }).unref?.();
    return address;
  }
  throw new FatalError(`cannot start ${PROGRAM}`);
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

async function putBlob(layout: string, bytes: Buffer, mediaType: string): Promise<Blob> {
  const digest = digestOf(bytes);
  await writeFile(join(layout, "blobs", digest.replace(":", "/")), bytes);
  return { mediaType, digest, size: bytes.length };
}

async function writeIndex(layout: string, layers: readonly Blob[], diffIds: readonly string[]) {
  const put = (document: unknown, mediaType: string): Promise<Blob> =>
    putBlob(layout, Buffer.from(JSON.stringify(document)), mediaType);
  const rootfs = { type: "layers", diff_ids: diffIds };
  const platform = { os: "linux", architecture: process.arch === "x64" ? "amd64" : process.arch };
  // Debian's ch-image takes none without a history.
  const history = diffIds.map(() => ({ created_by: "tar" }));
  const config = await put({ ...platform, rootfs, config: {}, history }, `${OCI}.config.v1+json`);
  const mediaType = `${OCI}.manifest.v1+json`;
  const manifest = await put({ schemaVersion: 2, mediaType, config, layers }, mediaType);
  const annotations = { "org.opencontainers.image.ref.name": "latest" };
  const index = { schemaVersion: 2, manifests: [{ ...manifest, annotations }] };
  await writeFile(join(layout, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  await writeFile(join(layout, "index.json"), JSON.stringify(index));
}
