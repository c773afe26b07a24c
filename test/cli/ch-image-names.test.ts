/** What ch-image takes for an image's name, and that reading waits for nobody. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { chImage, runStored } from "../helpers/ch-image.ts";
import { withFolder } from "../helpers/folder.ts";
import { makeImage } from "../helpers/image.ts";
import { makeTree } from "../helpers/layer.ts";
import { messages, must, run } from "../helpers/program.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";

/** Do something in a folder whose storage has the image "alpine", and nothing of a registry. */
function withImage(work: (folder: string, tree: string) => unknown): () => Promise<void> {
  return () =>
    withFolder((folder) => {
      const tree = makeImage(join(folder, "tree"));
      assertDone(chImage(folder, "import", tree, "alpine"));
      return work(folder, tree);
    });
}

const SAME: readonly string[] = [
  "alpine",
  "alpine:latest",
  "library/alpine",
  "docker.io/library/alpine:latest",
  "docker.io%library%alpine+latest",
  "docker://alpine",
];

test(
  "names that Docker takes for the same image are the same image",
  withImage((folder) => {
    for (const name of SAME) {
      assert.is(assertDone(chImage(folder, "list", name)), "alpine:latest\n");
      assert.is(
        assertDone(chImage(folder, "inspect", "--format={{.Name}}", name)),
        "alpine:latest\n",
      );
    }
    assertDone(chImage(folder, "tag", "library/alpine", "127.0.0.1:1/a/b"));
    assert.is(assertDone(chImage(folder, "list", "127.0.0.1+1%a%b")), "127.0.0.1:1/a/b:latest\n");
    assertDone(chImage(folder, "rename", "127.0.0.1:1/a/b", "docker.io/c/d:1"));
    assert.is(assertDone(chImage(folder, "list")), "alpine:latest\nc/d:1\n");
  }),
);

test(
  "a path that exists is said to be a path",
  withImage((folder, tree) => {
    for (const args of [["inspect"], ["push"], ["pull"], ["delete"], ["export", "out"]]) {
      const [action = "", ...rest] = args;
      const outcome = chImage(folder, action, tree, ...rest);
      assertRefused(outcome, 2, `"${tree}" is a path, and not the name of an image in storage`);
      assert.is(messages(outcome.stderr)[1], `hint: "ch-image import ${tree}" brings it there`);
    }
    const env = { CH_IMAGE_STORAGE: join(folder, "storage") };
    const plain = run("ch-image", ["inspect", "tree"], { env, cwd: folder });
    assertRefused(plain, 1, '"tree" is a path, and not the name of an image in storage');
    const none = run("ch-image", ["inspect", "none"], { env, cwd: folder });
    assertRefused(none, 1, 'there is no image "none:latest" in storage');
    assertRefused(
      chImage(folder, "inspect", `${tree}/none`),
      2,
      `"${tree}/none" is no image reference: it is a path`,
    );
    // What is meant to be a path is no mistake, and neither is another mistake beside it.
    assertRefused(chImage(folder, "import", tree, "A"), 2, /^error: "A" is no image reference: /);
  }),
);

test(
  "options stand on either side of the action, and behind operands",
  withImage((folder) => {
    const expected = assertDone(chImage(folder, "list", "--long"));
    assert.is(assertDone(chImage(folder, "--long", "list")), expected);
    assert.is(assertDone(chImage(folder, "list", "alpine", "-l")), expected);
    const storage = join(folder, "storage");
    assert.is(assertDone(run("ch-image", ["-s", storage, "list", "-l"])), expected);
    assert.is(assertDone(run("ch-image", ["list", "-l", "--storage", storage])), expected);
  }),
);

test("ch-image pull --parse-only says what a name stands for, and fetches nothing", () =>
  withFolder((folder) => {
    const parsed = (...args: string[]) =>
      assertDone(chImage(folder, "pull", "--parse-only", ...args));
    assert.is(parsed("alpine"), "docker.io/library/alpine:latest\n");
    assert.is(parsed("http://127.0.0.1+1%a%b+2"), "127.0.0.1:1/a/b:2\n");
    const env = { CH_REGY_DEFAULT_HOST: "127.0.0.1", CH_REGY_DEFAULT_PORT: "1" };
    const { stdout } = run("ch-image", ["pull", "--parse-only", "a/b"], { env });
    assert.is(stdout, "127.0.0.1:1/a/b:latest\n");
    assertRefused(chImage(folder, "pull", "--parse-only", "A"), 2, /^error: "A" is no image ref/);
    assert.equal(readdirSync(folder), []);
  }));

test("--debug tells where in the program an error comes from", () =>
  withFolder((folder) => {
    const { status, stderr } = chImage(folder, "inspect", "none", "--debug");
    assert.is(status, 1);
    assert.match(stderr, /^ch-image\[\d+\]: error: there is no image "none:latest" in storage$/m);
    assert.match(stderr, /^ch-image\[\d+\]: .*\n {4}at /m);
    assert.not.match(chImage(folder, "inspect", "none").stderr, /^ {4}at /m);
  }));

test(
  "what only reads waits for no lock, and asks no network",
  withImage(async (folder) => {
    assertDone(chImage(folder, "tag", "alpine", "127.0.0.1:1/a"));
    const locks = ["adding", "names"].map((name) => join(folder, "storage/locks", name));
    const [first = "", second = ""] = locks;
    const script = "echo held; read -r line";
    const holder = spawn("flock", [first, "flock", second, "sh", "-c", script]);
    try {
      await once(holder.stdout, "data");
      assertDone(chImage(folder, "list", "--long"));
      assertDone(chImage(folder, "list", "127.0.0.1:1/a", "--json"));
      assertDone(chImage(folder, "inspect", "127.0.0.1:1/a"));
      assertDone(chImage(folder, "check"));
      assertDone(chImage(folder, "df"));
      assertDone(runStored(folder, "alpine", "--", "true"));
    } finally {
      holder.stdin.end("\n");
      await once(holder, "exit");
    }
  }),
);

test("storage of Charliecloud 0.x is left alone, and its images can be imported", () =>
  withFolder((folder) => {
    const earlier = makeTree(join(folder, "storage"), { version: "7\n", "dlcache/": "", lock: "" });
    makeImage(join(earlier, "img/alpine+3.9"));
    const before = must("find", earlier);
    const error = `cannot use storage directory "${earlier}": it is of Charliecloud 0.x`;
    for (const args of [["list"], ["inspect", "alpine:3.9"], ["pull", "alpine"], ["reset", "-f"]]) {
      assertRefused(chImage(folder, ...args), 1, error);
    }
    const run = runStored(folder, "alpine:3.9", "--", "true");
    assertRefused(run, 31, error);
    assert.is(must("find", earlier), before);
    renameSync(earlier, `${earlier}.old`);
    // As the hint says.
    const [, image = ""] = /"ch-image import ([^"]*)"/.exec(run.stderr) ?? [];
    assertDone(chImage(folder, "import", image));
    assert.is(assertDone(chImage(folder, "list")), "alpine:3.9\n");
  }));

test.run();
