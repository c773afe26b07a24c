/** A tree as an image of one layer, for formats that hold layers. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { withTemporary } from "../host/temporary.ts";
import { withTreeImage } from "../store/tree-image.ts";
import type { Job, Layered, TreeSource } from "./formats/format.ts";

/** What a layer's history says. */
const CREATED_BY = "charliecloud: from a root file system";

/** Do something with a tree as an image; what is packed is unpacked beside for that. */
export async function withLayer(
  source: TreeSource,
  job: Job,
  use: (image: Layered) => Promise<void>,
): Promise<void> {
  if (source.kind === "tree") return withImageOf(source.path, job, use);
  await withTemporary(job.settings.temporary, async (folder) => {
    const tree = join(folder, "tree");
    mkdirSync(tree);
    await source.unpack(tree);
    await withImageOf(tree, job, use);
  });
}

function withImageOf(
  tree: string,
  { settings, task }: Job,
  use: (image: Layered) => Promise<void>,
): Promise<void> {
  const { temporary, layerCompression: compression, xattrs } = settings;
  const packing = { temporary, compression, xattrs, createdBy: CREATED_BY, task };
  return withTreeImage(tree, packing, (image) => use({ kind: "layers", image }));
}
