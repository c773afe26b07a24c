/** ch-mount and ch-umount of several images, and the list of what is mounted. */
import { readdirSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { withFolder } from "../helpers/folder.ts";
import { noFuse } from "../helpers/fuse.ts";
import { makeImage, makeSquash } from "../helpers/image.ts";
import { processesWith, untilNobody } from "../helpers/processes.ts";
import { run, succeed } from "../helpers/program.ts";
import { assertRefused } from "../helpers/refusal.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";

const OBSTACLE = noFuse();
const testWithFuse = testIf(OBSTACLE === undefined, OBSTACLE ?? "");

interface Place {
  readonly folder: string;
  readonly images: readonly string[];
  /** The directories that they become. */
  readonly mounted: readonly string[];
}

/** A test with two images; what it leaves mounted is unmounted. */
function testMounts(title: string, body: (place: Place) => unknown): void {
  testWithFuse(title, () =>
    withFolder(async (made) => {
      const folder = realpathSync(made);
      const tree = makeImage(join(folder, "tree"));
      const images = ["a", "b c"].map((name) => makeSquash(tree, join(folder, `${name}.sqfs`)));
      const mounted = ["a", "b c"].map((name) => join(folder, "mnt", name));
      try {
        await body({ folder, images, mounted });
      } finally {
        // Dead mounts cannot even be looked at: try them all.
        for (const path of mounted) run("ch-umount", [path]);
      }
    }),
  );
}

function listed(folder: string): readonly unknown[] {
  const { mounts } = JSON.parse(succeed("ch-mount", "--list", "--json")) as {
    readonly mounts: readonly { readonly path: string }[];
  };
  return mounts.filter(({ path }) => path.startsWith(`${folder}/`));
}

testMounts("ch-mount mounts several images, and ch-umount unmounts them", async (place) => {
  const { folder, images, mounted } = place;
  succeed("ch-mount", ...images, join(folder, "mnt"));
  for (const path of mounted) assert.is(succeed("ch-run", path, "--", "echo", "hi"), "hi\n");
  const said = succeed("ch-umount", ...mounted);
  assert.is(said, mounted.map((path) => `unmounted and removed ${path}\n`).join(""));
  assert.equal(readdirSync(join(folder, "mnt")), []);
  await untilNobody(folder);
});

testMounts("ch-mount --list shows directory, image and server", ({ folder, images, mounted }) => {
  assert.equal(listed(folder), []);
  succeed("ch-mount", ...images, join(folder, "mnt"));
  const servers = mounted.map((path) => processesWith(path)[0]?.pid ?? 0);
  const all = mounted.map((path, at) => ({ path, image: images[at], pid: servers[at] }));
  assert.equal(listed(folder), all);
  const lines = succeed("ch-mount", "--list").split("\n");
  for (const { path, image, pid } of all) {
    assert.ok(lines.includes(`${path}: ${image} (pid ${pid})`), lines.join("\n"));
  }
});

testMounts("ch-mount --list shows a mount whose server was killed", async (place) => {
  const { folder, images, mounted } = place;
  const [image = ""] = images;
  succeed("ch-mount", image, join(folder, "mnt"));
  for (const { pid } of processesWith(mounted[0] ?? "")) process.kill(pid, "SIGKILL");
  await untilNobody(folder);
  assert.equal(listed(folder), [{ path: mounted[0], image: null, pid: null }]);
  assert.match(succeed("ch-mount", "--list"), `${mounted[0]}: nobody serves it\n`);
});

testMounts("ch-mount of several images mounts all or none", async ({ folder, images }) => {
  const bad = join(folder, "bad.sqfs");
  writeFileSync(bad, "no image\n");
  const { status } = run("ch-mount", [...images, bad, join(folder, "mnt")]);
  assert.is(status, 1);
  assert.equal(readdirSync(join(folder, "mnt")), []);
  assert.equal(listed(folder), []);
  await untilNobody(folder);
});

testMounts("ch-mount --list takes no operand, and --json nothing else", ({ images }) => {
  const [image = ""] = images;
  const operand = `--list takes no operand: "${image}"`;
  assertRefused(run("ch-mount", ["--list", image]), 2, operand);
  assertRefused(run("ch-mount", ["--json", image, "."]), 2, "--json is for --list only");
});

runConditional();
