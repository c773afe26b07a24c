/** Archives as "docker save" writes them: layers without compression, and lists of names. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withTemporary } from "../../host/temporary.ts";
import { parseDigest } from "../../oci/digest.ts";
import { LIST_FILE } from "../../oci/docker-archive.ts";
import type { Image, Layer } from "../../oci/image.ts";
import { layerCompression } from "../../oci/media-type.ts";
import { familiarName, parseReference } from "../../oci/reference.ts";
import { digestOf } from "../../oci/verify.ts";
import { withFetched } from "../fetched-image.ts";
import { decompress, packParts, readArchive } from "./archive.ts";
import type { Format, Job, Layered, LayerSink } from "./format.ts";

export const dockerArchiveFormat: Format = {
  kind: "docker-archive",
  noun: "Docker archive",
  form: "file",
  read: readArchive,
  async create({ reference }, job): Promise<LayerSink> {
    return {
      kind: "layers",
      write: (source, output) => {
        const named = reference === undefined ? source : { ...source, reference };
        return writeDockerArchive(named, output, job);
      },
    };
  },
};

/** Write the archive of an image; it is tagged if it has a name. */
export function writeDockerArchive(source: Layered, output: string, job: Job): Promise<void> {
  return withFetched(source.image, job, (image) => write({ ...source, image }, output, job));
}

function write({ image, reference }: Layered, output: string, job: Job): Promise<void> {
  return withTemporary(job.settings.temporary, async (folder) => {
    const parts = join(folder, "parts");
    mkdirSync(parts);
    const layers = await image.layers();
    for (const layer of unique(layers)) {
      await writeLayer({ image, layer, folder }, join(parts, layerName(layer)), job);
    }
    const configBytes = await image.configBytes();
    const config = `${parseDigest(digestOf(configBytes)).hex}.json`;
    writeFileSync(join(parts, config), configBytes);
    const tags = reference === undefined ? null : [familiarName(parseReference(reference))];
    const list = [{ Config: config, RepoTags: tags, Layers: layers.map(layerName) }];
    writeFileSync(join(parts, LIST_FILE), JSON.stringify(list));
    await packParts(parts, output, job);
  });
}

interface Part {
  readonly image: Image;
  readonly layer: Layer;
  /** For what is fetched. */
  readonly folder: string;
}

async function writeLayer({ image, layer, folder }: Part, path: string, job: Job): Promise<void> {
  const { descriptor, diffId } = layer;
  if (layerCompression(descriptor.mediaType) === "none") return image.fetch(descriptor, path);
  const fetched = join(folder, "layer");
  await image.fetch(descriptor, fetched);
  await decompress(fetched, path, { task: job.task, diffId });
  rmSync(fetched);
}

function layerName({ diffId }: Layer): string {
  return `${parseDigest(diffId).hex}.tar`;
}

function unique(layers: readonly Layer[]): readonly Layer[] {
  return [...new Map(layers.map((layer) => [layer.diffId, layer])).values()];
}
