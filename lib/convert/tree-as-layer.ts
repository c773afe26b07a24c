/** A tree as an image of one layer, for formats that hold layers. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { withTemporary } from "../host/temporary.ts";
import { withTreeImage } from "../store/tree-image.ts";
import type { Job, Layered, TreeSource } from "./formats/format.ts";

/** What a layer's history says. */
const CREATED_BY = "charliecloud: from a root file system";

export interface NamedTree {
  readonly source: TreeSource;
  /** What the user calls it. */
  readonly name: string;
}

/** Do something with a tree as an image; what is packed is unpacked beside for that. */
export async function withLayer(
  { source, name }: NamedTree,
  job: Job,
  use: (image: Layered) => Promise<void>,
): Promise<void> {
  if (source.kind === "tree") return withImageOf({ name, tree: source.path }, job, use);
  await withTemporary(job.settings.temporary, async (folder) => {
    const tree = join(folder, "tree");
    mkdirSync(tree);
    await source.unpack(tree);
    await withImageOf({ name, tree }, job, use);
  });
}

function withImageOf(
  { name, tree }: { readonly name: string; readonly tree: string },
  { settings, task }: Job,
  use: (image: Layered) => Promise<void>,
): Promise<void> {
  const { temporary, layerCompression: compression, xattrs } = settings;
  const packing = { name, temporary, compression, xattrs, createdBy: CREATED_BY, task };
  return withTreeImage(tree, packing, (image) => use({ kind: "layers", image }));
}
