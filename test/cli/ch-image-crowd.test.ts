/**
 * Many processes at once in one storage directory: pulls of the same and of different images, with
 * whatever else is done to storage beside them. $CH_TEST_ROUNDS says how often.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { chImage, runStored, startConvert, startImage, startStored } from "../helpers/ch-image.ts";
import type { Launched } from "../helpers/ch-run.ts";
import { withFolder } from "../helpers/folder.ts";
import { makeImage, makeNoise, makeTar } from "../helpers/image.ts";
import { makeTree, makeTrees, putTree, SHOW, SHOWN, type StoredLayer } from "../helpers/layer.ts";
import { ownFolder } from "../helpers/own-folder.ts";
import { rounds } from "../helpers/random.ts";
import { assertDone } from "../helpers/refusal.ts";
import { HAS_REGISTRY, NO_REGISTRY, startRegistry } from "../helpers/registry.ts";
import { Repository } from "../helpers/registry-content.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";

const PULLS = 16;
const SOURCES = ["imported", "imported.tar"].map((name) => join(ownFolder(), name));
const TAGS = ["one", "two", "three", "four"];
const accessLog = join(ownFolder(), "access");

/** Four images that run, of four layers, of which three are in all of them. */
async function prepare(): Promise<{ registry: string; layers: readonly StoredLayer[] }> {
  const registry = await startRegistry({ accessLog });
  const repository = new Repository(registry, "test/image");
  const common = await putAll(repository, makeTrees(join(ownFolder(), "image")));
  const own = await putAll(repository, TAGS.map(makeOwn));
  for (const [index, tag] of TAGS.entries()) {
    await repository.putImage([...common, ...own.slice(index, index + 1)], { tag });
  }
  const [tree = "", archive = ""] = SOURCES;
  makeTar(makeImage(tree), archive);
  const doomed = await putAll(repository, [makeOwn("doomed")]);
  await repository.putImage(doomed, { tag: "doomed" });
  return { registry, layers: [...common, ...own] };
}

function putAll(repository: Repository, trees: readonly string[]): Promise<StoredLayer[]> {
  return Promise.all(trees.map((tree) => putTree(repository, tree)));
}

function makeOwn(tag: string): string {
  const tree = makeTree(join(ownFolder(), tag), { "x/": "" });
  makeNoise(join(tree, "noise"), 1);
  return tree;
}

const { registry, layers } = HAS_REGISTRY ? await prepare() : { registry: "", layers: [] };
const NAME = `${registry}/test/image`;
const registryTest = testIf(HAS_REGISTRY, NO_REGISTRY);

/** How often a layer has been asked for since the access log was `start` bytes long. */
function requests(start: number): readonly number[] {
  const lines = readFileSync(accessLog, "latin1").slice(start).split("\n");
  return layers.map(
    ({ blob }) =>
      lines.filter((line) => line.includes('"GET /') && line.includes(`/blobs/${blob.digest} `))
        .length,
  );
}

/** What goes on beside the pulls; all of it has to go well. */
function beside(folder: string): readonly Launched[] {
  const show = (name: string): Launched => startStored(folder, name, "--", "/bin/sh", "-c", SHOW);
  return [
    ...["d1", "d2"].map((name) => startImage(folder, "delete", "--now", name)),
    startImage(folder, "delete", "d3"),
    startImage(folder, "list", "--long"),
    startImage(folder, "check"),
    startImage(folder, "tag", "here", "there"),
    ...SOURCES.map((path, index) => startImage(folder, "import", path, `i${index}`)),
    startImage(folder, "pull", `--squash=${folder}/beside.sqfs`, `${NAME}:one`),
    startConvert(folder, "here", `${folder}/out.sqfs`),
    startConvert(folder, "here", `oci-archive:${folder}/out.tar`),
    startConvert(folder, SOURCES[0] ?? "", "ch-image:i2"),
    ...["here", "here", "here"].map(show),
  ];
}

registryTest("many processes in one storage directory fetch each layer once, and all succeed", () =>
  withFolder(async (outer) => {
    for (let round = 0; round < Math.ceil(rounds / 10); round++) {
      await crowd(join(outer, String(round)));
    }
  }),
);

async function crowd(folder: string): Promise<void> {
  const start = readFileSync(accessLog).length;
  assertDone(chImage(folder, "pull", `${NAME}:one`, "here"));
  for (const name of ["d1", "d2", "d3"])
    assertDone(chImage(folder, "pull", `${NAME}:doomed`, name));
  const names = Array.from({ length: PULLS }, (_, index) => `p${index}`);
  const pulls = names.map((name, index) =>
    startImage(folder, "pull", `${NAME}:${TAGS[index % TAGS.length]}`, name),
  );
  for (const { ended } of [...pulls, ...beside(folder)]) assertQuiet(await ended);
  assert.equal(
    requests(start),
    layers.map(() => 1),
  );
  const imported = ["i0", "i1", "i2"];
  const all = ["here", "there", ...imported, ...names].map((name) => `${name}:latest\n`).sort();
  assert.is(assertDone(chImage(folder, "list")), all.join(""));
  assert.is(assertDone(chImage(folder, "check")), `${all.length} images are whole\n`);
  for (const name of [...names, `${folder}/out.sqfs`, `${folder}/beside.sqfs`]) {
    assert.is(assertDone(runStored(folder, "-q", name, "--", "/bin/sh", "-c", SHOW)), SHOWN);
  }
}

function assertQuiet({ status, stderr }: { status: number | null; stderr: string }): void {
  assert.equal([status, stderr], [0, ""]);
}

runConditional();
