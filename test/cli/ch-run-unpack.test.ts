/** SquashFS images where they cannot be mounted: unpacked once into storage, and then used. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, utimesSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import type { Settings } from "../helpers/ch-run.ts";
import { eventually } from "../helpers/eventually.ts";
import { withFolder } from "../helpers/folder.ts";
import { makeNoise } from "../helpers/image.ts";
import { untilNobody } from "../helpers/processes.ts";
import { messages, must, type Outcome } from "../helpers/program.ts";
import { pause, randomNumbers, rounds } from "../helpers/random.ts";
import { assertDone } from "../helpers/refusal.ts";
import { makeRoot, makeSquashImage, squashImage } from "../helpers/root-image.ts";
import { runConditional } from "../helpers/test-if.ts";
import { launchWords, runWords, testUnpacking, unpacking } from "../helpers/without-fuse.ts";

interface Place {
  readonly folder: string;
  readonly image: string;
  readonly storage: string;
  readonly settings: Settings;
}

/** A test with an image of its own and empty storage. */
function withStorage(test: (place: Place) => unknown): Promise<void> {
  return withFolder(async (folder) => {
    const [image, storage] = [join(folder, "image.sqfs"), join(folder, "storage")];
    copyFileSync(squashImage(), image);
    await test({ folder, image, storage, settings: { env: { CH_IMAGE_STORAGE: storage } } });
    await untilNobody(folder);
  });
}

function runTrue({ image, settings }: Place): Outcome {
  return runWords(unpacking([image, "--", "true"]), settings);
}

/** Check that the one thing said is that the image has been unpacked. */
function assertUnpacked({ status, stdout, stderr }: Outcome, { image, storage }: Place): void {
  assert.equal([status, stdout], [0, ""], stderr);
  const [line = "", ...others] = messages(stderr);
  assert.equal(others, []);
  assert.match(
    line,
    /^warning: (there is no \/dev\/fuse|this ch-run was built without SquashFS support): unpacking /,
  );
  assert.match(line, `unpacking "${image}" once into "${storage}/unpacked/`);
}

testUnpacking("the first run unpacks the image and says so, the second is silent", () =>
  withStorage((place) => {
    assertUnpacked(runTrue(place), place);
    assertDone(runTrue(place));
    assert.is(readdirSync(join(place.storage, "unpacked")).length, 1);
    assert.equal(readdirSync(join(place.storage, "tmp")), []);
  }),
);

testUnpacking("ch-run -q unpacks without a word", () =>
  withStorage(({ image, settings }) => {
    assertDone(runWords(unpacking(["-q", image, "--", "true"]), settings));
  }),
);

testUnpacking("a caller that ignores SIGCHLD keeps nothing from being unpacked", () =>
  withStorage((place) => {
    const ignoring = ["bash", "--norc", "-c", 'trap "" CHLD; exec "$@"', "bash"];
    const words = unpacking([place.image, "--", "true"], ...ignoring);
    assertUnpacked(runWords(words, place.settings), place);
  }),
);

testUnpacking("an image that has been changed, or replaced, is unpacked anew", () =>
  withStorage((place) => {
    assertUnpacked(runTrue(place), place);
    utimesSync(place.image, 1, 1);
    assertUnpacked(runTrue(place), place);
    const tree = makeRoot(join(place.folder, "tree"));
    mkdirSync(join(tree, "new"));
    makeSquashImage(tree, join(place.folder, "new.sqfs"));
    must("mv", join(place.folder, "new.sqfs"), place.image);
    assertUnpacked(runTrue(place), place);
    const list = unpacking([place.image, "--", "ls", "-d", "/new"]);
    assert.is(assertDone(runWords(list, place.settings)), "/new\n");
  }),
);

testUnpacking("eight at once unpack once", () =>
  withStorage(async (place) => {
    const words = unpacking([place.image, "--", "cat", "/etc/os-release"]);
    const all = Array.from({ length: 8 }, () => launchWords(words, place.settings));
    const outcomes = await Promise.all(all.map(({ ended }) => ended));
    for (const { status, stdout } of outcomes) {
      assert.is(status, 0);
      assert.match(stdout, "VARIANT_ID=charliecloud");
    }
    assert.is(outcomes.filter(({ stderr }) => stderr !== "").length, 1);
  }),
);

for (const signal of ["SIGINT", "SIGTERM", "SIGKILL"] as const) {
  testUnpacking(`what ${signal} leaves of an unpacking is swept by the next one`, () =>
    withStorage(async (place) => {
      const tree = makeRoot(join(place.folder, "tree"));
      makeNoise(join(tree, "noise"), 64);
      makeSquashImage(tree, place.image);
      const temporary = join(place.storage, "tmp");
      const random = randomNumbers(11);
      for (let round = 0; round < rounds; round++) {
        const { child, ended } = launchWords(
          unpacking([place.image, "--", "true"]),
          place.settings,
        );
        await eventually("it has begun", () => isBusy(temporary) || child.exitCode !== null);
        pause(random() * 20);
        child.kill(signal);
        await ended;
        await untilNobody(place.image);
        assert.ok((existsSync(temporary) ? readdirSync(temporary) : []).length <= 1);
      }
      assert.is(runTrue(place).status, 0);
      assert.equal(readdirSync(temporary), []);
      assert.is(readdirSync(join(place.storage, "unpacked")).length, 1);
    }),
  );
}

function isBusy(folder: string): boolean {
  return existsSync(folder) && readdirSync(folder).length > 0;
}

testUnpacking("an image with a read-only root and closed directories is unpacked and runs", () =>
  withStorage((place) => {
    const tree = makeRoot(join(place.folder, "tree"));
    must("chmod", "555", tree);
    const shut = ["-p", "shut d 0 0 0", "-p", "shut/in f 0 0 0 echo"];
    const squash = makeSquashImage(tree, join(place.folder, "odd.sqfs"), ...shut);
    assertUnpacked(runTrue({ ...place, image: squash }), { ...place, image: squash });
    const stat = unpacking([squash, "--", "stat", "-c", "%a", "/", "/shut"]);
    assert.is(assertDone(runWords(stat, place.settings)), "555\n0\n");
    must("chmod", "755", tree);
  }),
);

runConditional();
