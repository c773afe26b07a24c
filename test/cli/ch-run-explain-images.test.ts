/** ch-run --explain of what is not a single image of one's own: joined, stored, stacked, unpacked. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { runStored } from "../helpers/ch-image.ts";
import { chRun, launch } from "../helpers/ch-run.ts";
import { makeTree } from "../helpers/data-image.ts";
import { eventually } from "../helpers/eventually.ts";
import { withFolder } from "../helpers/folder.ts";
import { test } from "../helpers/kernel.ts";
import { messages, type Outcome } from "../helpers/program.ts";
import { assertDone } from "../helpers/refusal.ts";
import { directoryImage, images, makeRoot, squashImage } from "../helpers/root-image.ts";
import { runWords, testUnpacking, unpacking } from "../helpers/without-fuse.ts";

interface Explanation {
  readonly image: Readonly<Record<"path" | "given_as" | "kind" | "identity", string>> & {
    readonly above: readonly { readonly path: string; readonly rule: string }[];
  };
  readonly ids: Readonly<Record<string, { readonly users: string }>>;
  readonly mounts: readonly {
    readonly at: string;
    readonly rule: string;
    readonly origin: Readonly<Record<string, unknown>>;
  }[];
  readonly environment: readonly { readonly name: string; readonly value: string | null }[];
}

function parsed(outcome: Outcome): Explanation {
  return JSON.parse(assertDone(outcome));
}

/** Look at a container while its command waits in it. */
function besidePeer(image: string, look: (pid: number, tag: string) => unknown): Promise<void> {
  return withFolder(async (folder) => {
    const tag = `--join-tag=${folder}`;
    const script = ": >/mnt/up; while [ ! -e /mnt/done ]; do sleep 0.02; done";
    const words = [tag, `--bind=${folder}:/mnt`, image, "--", "sh", "-c", script];
    const { child, ended } = launch(words);
    await eventually("the first is there", () => existsSync(join(folder, "up")));
    try {
      await look(child.pid ?? 0, tag);
    } finally {
      writeFileSync(join(folder, "done"), "");
      await ended;
    }
  });
}

for (const [kind, image] of images()) {
  test(`ch-run --explain of who joins a container of a ${kind} tells what is there`, () =>
    besidePeer(image, (pid, tag) => {
      const folder = tag.slice("--join-tag=".length);
      const peer = [tag, `--bind=${folder}:/mnt`, "--set-env=A=1"];
      for (const [options, place] of [
        [peer, "join-tag"],
        [[`--join-pid=${pid}`, "--set-env=A=1"], "join-pid"],
      ] as const) {
        const words = [...options, image, "--", "touch", "/mnt/ran"];
        const { ids, mounts, environment } = parsed(chRun(["--explain=json", ...words]));
        assert.is(ids["outer"]?.users, `0 ${process.getuid?.()} 1`);
        const { rule, origin } = mounts.find(({ at }) => at === "/mnt") ?? {};
        assert.equal(rule, "the container that is joined");
        assert.equal(origin, { kind: "option", place });
        assert.is(environment.find(({ name }) => name === "A")?.value, "1");
        const text = assertDone(chRun(["--explain", ...words]));
        assert.match(
          text,
          new RegExp(`/mnt \\(.*\\) +# the container that is joined: --${place}\n`),
        );
        assert.match(text, /\n {4}set A=1 +# set-env: --set-env\n/);
      }
      assert.not(existsSync(join(folder, "ran")));
    }));
}

test("ch-run --explain NAME tells which directories of storage it is, from the top down", () =>
  withFolder((folder) => {
    const layers = join(folder, "storage/layers");
    mkdirSync(layers, { recursive: true });
    makeRoot(join(layers, "base"));
    makeTree(join(layers, "top"), { "etc/os-release": "ID=top\n" });
    mkdirSync(join(folder, "storage/img"));
    const record = "charliecloud image 1\nlayer top\nlayer base\n";
    writeFileSync(join(folder, "storage/img/a+latest"), record);
    const words = ["a", "--", "true"];
    const { image } = parsed(runStored(folder, "--explain=json", ...words));
    assert.equal([image.path, image.given_as], [join(layers, "top"), "a"]);
    assert.equal(
      image.above.map(({ path, rule }) => [path, rule]),
      [[join(layers, "base"), "layer of the image"]],
    );
    const text = assertDone(runStored(folder, "--explain", ...words));
    assert.match(text, `image: ${layers}/top\n    given as a\n`);
    assert.match(text, new RegExp(`\n {4}above ${layers}/base +# layer of the image\n`));
  }));

test("ch-run --explain names the images of --lower", () =>
  withFolder((folder) => {
    makeTree(join(folder, "below"), { file: "" });
    const words = [`--lower=${folder}/below`, directoryImage(), "--", "true"];
    const { image } = parsed(chRun(["--explain=json", ...words]));
    assert.equal(
      image.above.map(({ path, rule }) => [path, rule]),
      [[join(folder, "below"), "lower"]],
    );
    const text = assertDone(chRun(["--explain", ...words]));
    assert.match(text, new RegExp(`\n {4}above ${folder}/below +# lower: --lower\n`));
  }));

testUnpacking("ch-run --explain of an image that has to be unpacked does that, and says so", () =>
  withFolder((folder) => {
    const settings = { env: { CH_IMAGE_STORAGE: join(folder, "storage") } };
    const words = [squashImage(), "--", "touch", "/tmp/ran"];
    const first = runWords(
      unpacking(["--explain=json", `--bind=${folder}:/tmp`, ...words]),
      settings,
    );
    assert.match(messages(first.stderr)[0] ?? "", /^warning: .*: unpacking ".*" once into ".*"$/);
    const { image, mounts } = parsed({ ...first, stderr: "" });
    assert.ok(image.path.startsWith(join(folder, "storage/unpacked/")));
    assert.equal([image.given_as, image.kind], [words[0], "SquashFS file, unpacked in storage"]);
    assert.ok(mounts.some(({ at, rule }) => at === "/" && rule === "image"));
    assert.not(existsSync(join(folder, "ran")));
    const text = assertDone(runWords(unpacking(["--explain", ...words]), settings));
    assert.match(text, /\n {4}SquashFS file, unpacked in storage; device /);
  }),
);

test.run();
