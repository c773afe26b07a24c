/**
 * ch-image killed at random moments: the next command works, nothing half-made is to be seen, and
 * what is left in tmp/ goes. $CH_TEST_ROUNDS says how often; the moments are the same in every run.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { chImage, runStored, startImage } from "../helpers/ch-image.ts";
import { withFolder } from "../helpers/folder.ts";
import { makeNoise } from "../helpers/image.ts";
import { makeTree, makeTrees, putTree, SHOW, SHOWN } from "../helpers/layer.ts";
import { ownFolder } from "../helpers/own-folder.ts";
import { pause, randomNumbers, rounds } from "../helpers/random.ts";
import { assertDone } from "../helpers/refusal.ts";
import { HAS_REGISTRY, NO_REGISTRY, startRegistry } from "../helpers/registry.ts";
import { Repository } from "../helpers/registry-content.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";

const ROUNDS = rounds < 50 ? 2 * rounds : 4 * rounds;

async function prepare(): Promise<string> {
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
const ACTIONS: readonly (readonly string[])[] = [
  ["pull", `${NAME}:victim`, "victim"],
  ["pull", `${NAME}:victim`, "other"],
  ["delete", "victim"],
  ["delete", "--now", "victim"],
  ["undelete", "victim"],
  ["rename", "victim", "other"],
  ["gc"],
  ["gc", "--now"],
];

/** How long each takes when it is left alone, from storage as the others leave it. */
function durations(folder: string): readonly number[] {
  return ACTIONS.map((action) => {
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
      const longest = durations(folder);
      const random = randomNumbers(21);
      for (let round = 0; round < ROUNDS; round++) {
        const index = Math.floor(random() * ACTIONS.length);
        const action = ACTIONS[index] ?? [];
        if (action[0] !== "pull") chImage(folder, "pull", `${NAME}:victim`, "victim");
        const { child, ended } = startImage(folder, ...action);
        pause(random() * (longest[index] ?? 0));
        child.kill("SIGKILL");
        await ended;
        assertWhole(folder);
      }
      assertDone(chImage(folder, "pull", `${NAME}:victim`, "victim"));
      assertRuns(folder, "victim");
      assertDone(chImage(folder, "gc", "--now"));
      assert.equal(readdirSync(join(folder, "storage/tmp")), []);
    }),
);

/** All that is listed is whole, and what was there before runs. */
function assertWhole(folder: string): void {
  assert.match(assertDone(chImage(folder, "check")), /^\d images are whole$/m);
  assertRuns(folder, "kept");
}

function assertRuns(folder: string, name: string): void {
  assert.is(assertDone(runStored(folder, name, "--", "/bin/sh", "-c", SHOW)), SHOWN);
}

runConditional();
