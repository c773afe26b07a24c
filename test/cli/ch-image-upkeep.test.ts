/** What ch-image does with storage as a whole: df, reset, check --repair, gestalt. */
import { mkdirSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { chImage, isFlat, runStored } from "../helpers/ch-image.ts";
import { withFolder } from "../helpers/folder.ts";
import { makeTree, makeTrees, putTree, SHOW, SHOWN, type StoredLayer } from "../helpers/layer.ts";
import { ownFolder } from "../helpers/own-folder.ts";
import { messages, runAny } from "../helpers/program.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { HAS_REGISTRY, NO_REGISTRY, startRegistry } from "../helpers/registry.ts";
import { Repository } from "../helpers/registry-content.ts";
import { testIf } from "../helpers/test-if.ts";

const registryTest = testIf(HAS_REGISTRY, NO_REGISTRY);

async function prepare(): Promise<{ name: string; layers: readonly StoredLayer[] }> {
  const registry = await startRegistry();
  const repository = new Repository(registry, "test/image");
  const trees = makeTrees(join(ownFolder(), "image"));
  const layers = await Promise.all(trees.map((tree) => putTree(repository, tree)));
  await repository.putImage(layers, { tag: "latest" });
  await repository.putImage(layers.slice(0, 1), { tag: "one" });
  return { name: `${registry}/test/image`, layers };
}

const { name, layers } = HAS_REGISTRY ? await prepare() : { name: "", layers: [] };

/** Do something in a folder whose storage has two images. */
function withImages(work: (folder: string) => unknown): () => Promise<void> {
  return () =>
    withFolder((folder) => {
      assertDone(chImage(folder, "pull", name, "a"));
      assertDone(chImage(folder, "pull", `${name}:one`, "b"));
      return work(folder);
    });
}

function blob(folder: string, digest: string): string {
  return join(folder, "storage/blobs/sha256", digest.replace("sha256:", ""));
}

registryTest(
  "ch-image df says what images use, alone and together, and what can be freed",
  withImages((folder) => {
    const before = JSON.parse(assertDone(chImage(folder, "df", "--json")));
    const sizes = layers.map((layer) => layer.blob.size);
    const total = sizes.reduce((sum, size) => sum + size);
    const [a, b] = before.images;
    assert.equal([a.size, a.ownBytes], [total, total - (sizes[0] ?? 0)]);
    assert.equal([b.size, b.ownBytes, b.others], [sizes[0], 0, ["a:latest"]]);
    assert.equal([before.blobs.garbage, before.blobs.deleted], [0, 0]);
    const count = isFlat(folder) ? 2 : 5;
    assert.equal([before.blobs.count, before.unpacked.count], [7, count]);
    assertDone(chImage(folder, "delete", "a"));
    const after = JSON.parse(assertDone(chImage(folder, "df", "--json")));
    assert.ok(after.blobs.deleted > 0 && after.unpacked.deleted > 0);
    assert.is(after.blobs.bytes, before.blobs.bytes);
    writeFileSync(join(folder, "storage/tmp/x.part"), "left");
    const table = assertDone(chImage(folder, "df", "--long"));
    assert.match(table, /^IMAGE .*\nb:latest .*\n\n +COUNT +SIZE +GC +GC --NOW\n/);
  }),
);

registryTest(
  "ch-image reset deletes everything, but not unasked",
  withImages((folder) => {
    const refused = chImage(folder, "reset");
    assertRefused(refused, 2, /^error: cannot ask whether to delete all of ".*", with 2 images$/);
    assert.match(assertDone(chImage(folder, "reset", "-n")), /^would delete a:latest$/m);
    assert.is(assertDone(chImage(folder, "list")), "a:latest\nb:latest\n");
    assert.match(assertDone(chImage(folder, "reset", "--force")), /^deleted all of .* 2 images$/m);
    assert.is(assertDone(chImage(folder, "list")), "");
    const left = ["layers", "blobs/sha256", "tmp", "img"].map((path) =>
      readdirSync(join(folder, "storage", path)),
    );
    assert.equal(left, [[], [], [], []]);
    assertDone(chImage(folder, "pull", name, "a"));
    assert.is(assertDone(chImage(folder, "check")), "1 images are whole\n");
  }),
);

registryTest(
  "ch-image check --repair fetches and unpacks what is damaged or missing",
  withImages((folder) => {
    const image = JSON.parse(assertDone(chImage(folder, "inspect", "a")));
    truncateSync(blob(folder, layers[0]?.blob.digest ?? ""), 100);
    for (const digest of [image.digest, image.id]) rmSync(blob(folder, digest));
    const unpacked = join(folder, "storage/layers");
    for (const layer of readdirSync(unpacked)) rmSync(join(unpacked, layer), { recursive: true });
    const { status, stdout, stderr } = chImage(folder, "check", "--repair");
    assert.equal([status, stderr], [0, ""]);
    assert.match(stdout, /^a:latest: repaired: unpacked layer ".*" is missing$/m);
    assert.match(stdout, /^2 images are whole$/m);
    assert.is(assertDone(chImage(folder, "check")), "2 images are whole\n");
    assert.is(assertDone(runStored(folder, "a", "--", "/bin/sh", "-c", SHOW)), SHOWN);
    assert.is(assertDone(chImage(folder, "inspect", "a")), `${JSON.stringify(image, null, 2)}\n`);
  }),
);

registryTest(
  "ch-image check --repair makes one tree of an image where overlayfs has ceased to work",
  withImages((folder) => {
    if (isFlat(folder)) {
      console.log("SKIP one tree of an image in layers: overlayfs has never worked here");
      return;
    }
    makeTree(join(folder, "storage"), { form: `flat ${runAny("uname", ["-r"]).stdout}` });
    const stdout = assertDone(chImage(folder, "check", "--repair"));
    assert.match(
      stdout,
      /^a:latest: repaired: it is in layers, and overlayfs does not work here$/m,
    );
    const tree = assertDone(chImage(folder, "list", "--tree", "a"));
    assert.match(tree, /^tree-[0-9a-f]+ {2}a:latest\n$/);
    assert.is(assertDone(runStored(folder, "a", "--", "/bin/sh", "-c", SHOW)), SHOWN);
  }),
);

registryTest(
  "ch-image check --json names the faults of each image, and says so by its status",
  withImages((folder) => {
    rmSync(blob(folder, layers[1]?.blob.digest ?? ""));
    const { status, stdout, stderr } = chImage(folder, "check", "--json");
    assert.is(status, 1);
    const faults = [`blob "${layers[1]?.blob.digest}" is missing`];
    assert.equal(JSON.parse(stdout), [
      { name: "a:latest", faults, isRepaired: false },
      { name: "b:latest", faults: [], isRepaired: false },
    ]);
    assert.is(messages(stderr)[0], "error: of 2 images 1 are damaged");
  }),
);

registryTest(
  "ch-image inspect --format prints what is asked for",
  withImages((folder) => {
    const format = "{{.Name}} {{.RootFS.Type}} {{range .Layers}}{{println .Digest}}{{end}}";
    const expected = `a:latest layers ${layers.map((layer) => `${layer.blob.digest}\n`).join("")}\n`;
    assert.is(assertDone(chImage(folder, "inspect", `--format=${format}`, "a")), expected);
  }),
);

test("ch-image gestalt says where storage is, by option, variable and configuration", () =>
  withFolder((folder) => {
    const where = (...args: string[]): string => assertDone(chImage(folder, "gestalt", ...args));
    assert.is(where("storage-path"), `${folder}/storage\n`);
    assert.is(where("--storage=/x/y", "storage-path"), "/x/y\n");
    mkdirSync(join(folder, "home/.config/charliecloud"), { recursive: true });
    const file = join(folder, "home/.config/charliecloud/charliecloud.conf");
    writeFileSync(file, "storage = /z\n");
    assert.is(where("storage-path"), `${folder}/storage\n`);
    const env = { HOME: join(folder, "home"), CH_IMAGE_STORAGE: "" };
    const program = join(process.env["CH_STAGE_BIN"] ?? "", "ch-image");
    assert.is(assertDone(runAny(program, ["gestalt", "storage-path"], { env })), "/z\n");
  }));

test("ch-image gestalt tells what it finds, logs a line of each kind, and what it cannot do", () =>
  withFolder((folder) => {
    const { node, programs } = JSON.parse(assertDone(chImage(folder, "gestalt", "--json")));
    assert.is(node, process.version);
    assert.ok(programs.some((program: { name: string }) => program.name === "mksquashfs"));
    assert.equal(JSON.parse(assertDone(chImage(folder, "dependencies", "--json"))).node, node);
    const asked = assertDone(chImage(folder, "dependencies"));
    assert.is(assertDone(chImage(folder, "gestalt", "dependencies")), asked);
    const { status, stderr } = chImage(folder, "gestalt", "-vv", "logging");
    const kinds = messages(stderr).map((line) => line.replace(/ \(.*/, ""));
    const all = [
      "a notice",
      "what is done",
      "how it is done",
      "warning: a warning",
      "hint: a hint",
    ];
    assert.equal([status, kinds], [0, all]);
    const error = "ch-image cannot build images, and so has no build cache";
    assertRefused(chImage(folder, "gestalt", "bucache"), 1, error);
  }));

test.run();
