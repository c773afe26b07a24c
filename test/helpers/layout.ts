/** OCI image layouts written by the plainest of means, so that ours is not tested against itself. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { makeTrees } from "./layer.ts";
import { must, runAny } from "./program.ts";
import { type Blob, sha256, TYPES } from "./registry-content.ts";

export const CONFIG = {
  Env: ["PATH=/bin", "GREETING=hello"],
  Entrypoint: ["/bin/sh", "-c"],
  Cmd: ["echo $GREETING from $PWD"],
  WorkingDir: "/data",
  Labels: { "org.example.kind": "test" },
};
const REF_NAME = "org.opencontainers.image.ref.name";

/** Whether another program that knows images is here. */
export function hasProgram(name: string): boolean {
  return runAny("sh", ["-c", 'command -v "$1"', "sh", name]).status === 0;
}

/** A layout in the making. */
export class Layout {
  readonly path: string;
  readonly #entries: unknown[] = [];

  constructor(path: string) {
    this.path = path;
    mkdirSync(join(path, "blobs/sha256"), { recursive: true });
    writeFileSync(join(path, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  }

  put(bytes: Uint8Array, mediaType: string): Blob {
    const digest = sha256(bytes);
    writeFileSync(this.blob(digest), bytes);
    return { mediaType, digest, size: bytes.length };
  }

  blob(digest: string): string {
    return join(this.path, "blobs", digest.replace(":", "/"));
  }

  /** Add an image of these trees, the oldest first, under a name. */
  add(trees: readonly string[], name?: string, architecture = "amd64"): Blob {
    const plain = trees.map((tree) => {
      must("tar", "--owner=0", "--group=0", "-C", tree, "-cf", `${tree}.tar`, ".");
      return readFileSync(`${tree}.tar`);
    });
    const layers = plain.map((bytes) => this.put(gzipSync(bytes, { level: 1 }), TYPES.layer));
    const history = trees.map((tree) => ({ created_by: `COPY ${tree.split("/").at(-1)} /` }));
    const rootfs = { type: "layers", diff_ids: plain.map(sha256) };
    const config = { os: "linux", architecture, config: CONFIG, rootfs, history };
    const manifest = {
      ...{ schemaVersion: 2, mediaType: TYPES.manifest, layers },
      config: this.put(Buffer.from(JSON.stringify(config)), TYPES.config),
    };
    const entry = this.put(Buffer.from(JSON.stringify(manifest)), TYPES.manifest);
    const annotations = name === undefined ? {} : { annotations: { [REF_NAME]: name } };
    this.#entries.push({ ...entry, ...annotations, platform: { os: "linux", architecture } });
    const index = { schemaVersion: 2, manifests: this.#entries };
    writeFileSync(join(this.path, "index.json"), JSON.stringify(index));
    return entry;
  }
}

/** A layout of one image in three layers, of which each hides something below. */
export function makeLayout(folder: string, name?: string): Layout {
  const layout = new Layout(join(folder, "layout"));
  layout.add(makeTrees(join(folder, "trees")), name);
  return layout;
}
