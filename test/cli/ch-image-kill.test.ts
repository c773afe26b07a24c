/**
 * ch-image killed at random moments: the next command works, nothing half-made is to be seen, and
 * what is left in tmp/ goes. $CH_TEST_ROUNDS says how often; the moments are the same in every run.
 */
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { chImage, runStored, startImage } from "../helpers/ch-image.ts";
import { withFolder } from "../helpers/folder.ts";
import { makeBigImage, makeNoise, makeSquash, makeTar } from "../helpers/image.ts";
import { makeTree, makeTrees, putTree, SHOW, SHOWN } from "../helpers/layer.ts";
import { makeLayout } from "../helpers/layout.ts";
import { ownFolder } from "../helpers/own-folder.ts";
import { untilNobody } from "../helpers/processes.ts";
import { pause, randomNumbers, rounds } from "../helpers/random.ts";
import { assertDone } from "../helpers/refusal.ts";
import { HAS_REGISTRY, NO_REGISTRY, startRegistry } from "../helpers/registry.ts";
import { Repository } from "../helpers/registry-content.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";

const ROUNDS = rounds < 50 ? 2 * rounds : 4 * rounds;

/** What is imported: an image of each kind. */
const SOURCES = ["tree", "tree.tar.gz", "tree.sqfs", "layout"].map((name) =>
  join(ownFolder(), name),
);

async function prepare(): Promise<string> {
  const [tree = "", archive = "", squash = ""] = SOURCES;
  makeBigImage(tree);
  makeTar(tree, archive);
  makeSquash(tree, squash);
  makeLayout(ownFolder(), "layout");
  const registry = await startRegistry();
  const repository = new Repository(registry, "test/image");
  const trees = makeTrees(join(ownFolder(), "image"));
  const noise = makeTree(join(ownFolder(), "noise"), { "x/": "" });
  makeNoise(join(noise, "noise"), 8);
  const layers = await Promise.all([...trees, noise].map((tree) => putTree(repository, tree)));
  await repository.putImage(layers.slice(0, 3), { tag: "kept" });
  await repository.putImage(layers, { tag: "victim" });
  return `${registry}/test/image`;
}

const NAME = HAS_REGISTRY ? await prepare() : "";

/** What is killed; some of it fails where nobody has pulled the victim to its end before. */
function actions(folder: string): readonly (readonly string[])[] {
  return [
    ["pull", `${NAME}:victim`, "victim"],
    ["pull", `${NAME}:victim`, "other"],
    ["delete", "victim"],
    ["delete", "--now", "victim"],
    ["undelete", "victim"],
    ["rename", "victim", "other"],
    ["gc"],
    ["gc", "--now"],
    ...SOURCES.map((path) => ["import", path, "victim"]),
    ["pull", `--squash=${squashOf(folder)}`, `${NAME}:victim`],
  ];
}

function squashOf(folder: string): string {
  return join(folder, "out/victim.sqfs");
}

/** How long each takes when it is left alone, from storage as the others leave it. */
function durations(folder: string): readonly number[] {
  return actions(folder).map((action) => {
    const start = performance.now();
    chImage(folder, ...action);
    return performance.now() - start;
  });
}

testIf(HAS_REGISTRY, NO_REGISTRY)(
  "a command killed at any moment leaves storage whole, and the next one works",
  () =>
    withFolder(async (folder) => {
      assertDone(chImage(folder, "pull", `${NAME}:kept`, "kept"));
      mkdirSync(join(folder, "out"));
      const longest = durations(folder);
      const random = randomNumbers(21);
      for (let round = 0; round < ROUNDS; round++) {
        const index = Math.floor(random() * longest.length);
        const [name = "", ...operands] = actions(folder)[index] ?? [];
        const isAddition = name === "pull" || name === "import";
        if (!isAddition) chImage(folder, "pull", `${NAME}:victim`, "victim");
        if (random() < 0.5) rmSync(squashOf(folder), { force: true });
        const { child, ended } = startImage(folder, name, ...operands);
        pause(random() * (longest[index] ?? 0));
        child.kill("SIGKILL");
        await ended;
        assertWhole(folder);
      }
      for (const action of actions(folder)) chImage(folder, ...action);
      assertDone(chImage(folder, "pull", `${NAME}:victim`, "victim"));
      assertRuns(folder, "victim");
      await assertSwept(folder);
    }),
);

/** All that is listed is whole, what was there before runs, and of a file there is all or nothing. */
function assertWhole(folder: string): void {
  assert.match(assertDone(chImage(folder, "check")), /^\d images are whole$/m);
  assertRuns(folder, "kept");
  if (existsSync(squashOf(folder))) assertRuns(folder, squashOf(folder));
}

/** What processes that were killed have left is gone. */
async function assertSwept(folder: string): Promise<void> {
  await untilNobody(folder);
  assertDone(chImage(folder, "import", SOURCES[0] ?? "", "last"));
  assertDone(chImage(folder, "pull", `--squash=${squashOf(folder)}`, `${NAME}:victim`));
  assertDone(chImage(folder, "gc", "--now"));
  assert.equal(readdirSync(join(folder, "storage/tmp")), []);
  assert.equal(readdirSync(join(folder, "out")), ["victim.sqfs"]);
  assert.equal(readdirSync(folder).sort(), ["out", "storage"]);
}

function assertRuns(folder: string, name: string): void {
  assert.is(assertDone(runStored(folder, "-q", name, "--", "/bin/sh", "-c", SHOW)), SHOWN);
}

runConditional();
