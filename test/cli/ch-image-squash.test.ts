/** ch-image pull --squash, from a real registry: the file is what unpacking and packing makes. */
import {
  chmodSync,
  existsSync,
  linkSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { chImage, runStored, startImage } from "../helpers/ch-image.ts";
import { startFaultProxy } from "../helpers/fault-proxy.ts";
import { withFolder } from "../helpers/folder.ts";
import { makeTree, makeTrees, putTree, SHOW, SHOWN } from "../helpers/layer.ts";
import { oldMksquashfs } from "../helpers/old-mksquashfs.ts";
import { ownFolder } from "../helpers/own-folder.ts";
import { must, type Outcome, run } from "../helpers/program.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { HAS_REGISTRY, NO_REGISTRY, startRegistry } from "../helpers/registry.ts";
import { Repository } from "../helpers/registry-content.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";
import { snapshot, xattrs } from "../helpers/tree.ts";

const registryTest = testIf(HAS_REGISTRY, NO_REGISTRY);
const CREATED = "2024-05-06T07:08:09Z";

/** Six layers: three that hide each other's files, and three with what layers really hold. */
function makeLayers(folder: string): readonly string[] {
  const trees = makeTrees(folder);
  const linked = makeTree(join(folder, "linked"), {
    "usr/lib/libone.so.1.2": "library",
    "usr/lib/python/module.py": "import this",
    "opt/tool/config": "old",
    "etc/shadow": "secret",
    "bin/su": "setuid",
  });
  linkSync(join(linked, "usr/lib/libone.so.1.2"), join(linked, "usr/lib/libone.a"));
  linkSync(join(linked, "usr/lib/libone.so.1.2"), join(linked, "libone"));
  symlinkSync("libone.so.1.2", join(linked, "usr/lib/libone.so"));
  symlinkSync("usr/lib", join(linked, "lib"));
  chmodSync(join(linked, "etc/shadow"), 0o600);
  chmodSync(join(linked, "bin/su"), 0o4755);
  const replacing = makeTree(join(folder, "replacing"), {
    "usr/lib/.wh.libone.a": "",
    "usr/lib/python": "a file now",
    "opt/.wh.tool": "",
    "opt/tool/config": "new",
    "var/tmp/": "",
  });
  chmodSync(join(replacing, "var/tmp"), 0o1777);
  must("mkfifo", "-m", "666", join(replacing, "var/fifo"));
  must("truncate", "-s", "3M", join(replacing, "var/sparse"));
  const last = makeTree(join(folder, "last"), { ".wh.libone": "", "opt/tool/more": "x" });
  return [...trees, linked, replacing, last];
}

async function prepare(): Promise<string> {
  const registry = await startRegistry();
  const repository = new Repository(registry, "test/image");
  const trees = makeLayers(join(ownFolder(), "image"));
  const layers = await Promise.all(trees.map((tree) => putTree(repository, tree)));
  const config = { Env: ["GREETING=hello"], Cmd: ["/bin/sh", "-c", "echo $GREETING"] };
  await repository.putImage(layers, { tag: "latest", created: CREATED, config });
  return registry;
}

const registry = HAS_REGISTRY ? await prepare() : "";
const NAME = `${registry}/test/image`;

interface Listing {
  readonly root: string;
  readonly tree: readonly string[];
  readonly xattrs: string | undefined;
}

/** Every inode of an image. */
function listing(image: string): Listing {
  const tree = `${image}.tree`;
  must("unsquashfs", "-quiet", "-no-progress", "-d", tree, image);
  const root = must("stat", "-c", "%a %Y", tree);
  return { root, tree: snapshot(tree), xattrs: xattrs(tree) };
}

/** Pull in a certain environment. */
function pull(folder: string, file: string, env: Readonly<Record<string, string>> = {}): Outcome {
  const storage = join(folder, "storage");
  return run("ch-image", ["pull", `--squash=${file}`, NAME], {
    env: { CH_IMAGE_STORAGE: storage, TMPDIR: folder, ...env },
  });
}

registryTest("a SquashFS file from a registry runs, and nothing else is left", () =>
  withFolder((folder) => {
    const image = join(folder, "a.sqfs");
    assert.match(assertDone(pull(folder, image)), /a\.sqfs: sha256:[0-9a-f]{64}, /);
    assert.equal(readdirSync(folder), ["a.sqfs"]);
    // Where images are not mounted, it is unpacked first, which is said.
    const shown = runStored(folder, "-q", image, "--", "/bin/sh", "-c", SHOW);
    assert.is(assertDone(shown), SHOWN);
    assert.is(assertDone(runStored(folder, "-q", image)), "hello\n");
  }),
);

registryTest("it is what unpacking and packing makes, inode by inode", () =>
  withFolder((folder) => {
    const [merged, packed] = [join(folder, "merged.sqfs"), join(folder, "packed.sqfs")];
    assertDone(pull(folder, merged));
    assertDone(pull(folder, packed, oldMksquashfs(folder)));
    const found = listing(merged);
    assert.equal(found, listing(packed));
    assert.match(found.tree.join("\n"), /^usr\/lib\/python file /m);
    assert.match(found.tree.join("\n"), /^bin\/su file 755 /m);
    assert.match(found.tree.join("\n"), /^proc directory 755 0 $/m);
    const time = Date.parse(CREATED) / 1000;
    assert.ok(found.tree.some((line) => line.startsWith(`ch/metadata.json file 644 ${time} `)));
  }),
);

registryTest("the same image makes the same bytes, also later", () =>
  withFolder(async (folder) => {
    const [one, two] = [join(folder, "one.sqfs"), join(folder, "two.sqfs")];
    assertDone(pull(folder, one));
    must("sleep", "1.1");
    assertDone(pull(folder, two));
    assert.ok(readFileSync(one).equals(readFileSync(two)));
    assertDone(pull(folder, two, { SOURCE_DATE_EPOCH: "1000000000" }));
    assert.match(must("unsquashfs", "-s", two), /2001/);
  }),
);

registryTest("attributes of the root do not come by a stream, and are there all the same", () =>
  withFolder(async (folder) => {
    const tree = makeTree(join(folder, "rooted"), { "etc/": "", file: "x" });
    must("setfattr", "-n", "user.origin", "-v", "root", tree);
    const repository = new Repository(registry, "test/rooted");
    const layer = await putTree(repository, tree, "+gzip", ["--xattrs"]);
    await repository.putImage([layer], { tag: "latest" });
    const image = join(folder, "a.sqfs");
    assertDone(chImage(folder, "pull", `--squash=${image}`, `${registry}/test/rooted`));
    must("unsquashfs", "-quiet", "-no-progress", "-d", join(folder, "out"), image);
    assert.match(must("getfattr", "-d", join(folder, "out")), 'user.origin="root"');
  }),
);

registryTest("a layer that was changed on its way is refused, and nothing of it stays", () =>
  withFolder(async (folder) => {
    const proxy = await startFaultProxy(registry);
    proxy.break(/blobs/, { kind: "pass" }, { kind: "garble" });
    const image = join(folder, "a.sqfs");
    const args = ["pull", `--squash=${image}`, `${proxy.address}/test/image`];
    const outcome = await startImage(folder, ...args).ended;
    assertRefused(outcome, 1, /cannot use blob "sha256:.*": its digest is "sha256:/);
    // Others, which were right, may have come before it.
    const [, wrong = "none"] = /blob "sha256:(\w+)"/.exec(outcome.stderr) ?? [];
    const parts = `.charliecloud.parts.${process.geteuid?.()}`;
    const left = readdirSync(folder, { recursive: true }).map(String);
    assert.equal(
      left.filter((name) => !name.startsWith(parts) || name.endsWith(wrong)),
      [],
    );
  }),
);

registryTest("ch-convert reads images of registries, too", () =>
  withFolder((folder) => {
    const env = { TMPDIR: folder };
    const [pulled, image] = [join(folder, "pulled.sqfs"), join(folder, "a.sqfs")];
    assertDone(pull(folder, pulled));
    assertDone(run("ch-convert", [`docker://${NAME}`, image], { env }));
    assert.ok(readFileSync(image).equals(readFileSync(pulled)));
    assertDone(run("ch-convert", [`docker://${NAME}`, `${folder}/tree/`], { env }));
    assert.is(assertDone(runStored(folder, `${folder}/tree`)), "hello\n");
    const planned = assertDone(run("ch-convert", ["-n", `docker://${NAME}`, image], { env }));
    assert.match(
      planned,
      /^input: {2}image in a registry "docker:\/\/.*test\/image"\noutput: SquashFS image/,
    );
    const outcome = run("ch-convert", ["-i", "tar", `docker://${NAME}`, image], { env });
    assertRefused(outcome, 2, /is an image in a registry, and of no other format/);
  }),
);

registryTest("layers that storage has are not fetched again, and stay there", () =>
  withFolder(async (folder) => {
    const proxy = await startFaultProxy(registry);
    const [fresh, lent] = [join(folder, "fresh.sqfs"), join(folder, "lent.sqfs")];
    assertDone(pull(folder, fresh));
    assertDone(chImage(folder, "pull", NAME, "image"));
    const { layers, id } = JSON.parse(assertDone(chImage(folder, "inspect", "image")));
    const lost: string = layers[4].digest;
    rmSync(join(folder, "storage/blobs/sha256", lost.replace("sha256:", "")));
    const args = ["pull", `--squash=${lent}`, `${proxy.address}/test/image`];
    assertDone(await startImage(folder, ...args).ended);
    assert.ok(readFileSync(lent).equals(readFileSync(fresh)));
    const fetched = proxy.log.flatMap((line) => / .*\/blobs\/(sha256:\w+)/.exec(line)?.[1] ?? []);
    assert.equal(fetched.sort(), [id, lost].sort());
  }),
);

registryTest("what was damaged in storage is not taken for right", () =>
  withFolder((folder) => {
    assertDone(chImage(folder, "pull", NAME, "image"));
    const { layers } = JSON.parse(assertDone(chImage(folder, "inspect", "image")));
    const path = join(folder, "storage/blobs/sha256", layers[0].digest.replace("sha256:", ""));
    const bytes = readFileSync(path);
    const at = bytes.length - 9;
    bytes.writeUInt8(bytes.readUInt8(at) ^ 255, at);
    writeFileSync(path, bytes);
    const outcome = chImage(folder, "pull", `--squash=${folder}/a.sqfs`, NAME);
    assertRefused(outcome, 1, /^error: cannot unpack "sha256:/);
    assert.not(existsSync(join(folder, "a.sqfs")));
    assertDone(chImage(folder, "pull", "--always-download", `--squash=${folder}/a.sqfs`, NAME));
  }),
);

registryTest("a name in storage has no meaning then", () =>
  withFolder((folder) => {
    const outcome = chImage(folder, "pull", `--squash=${folder}/a.sqfs`, NAME, "mine");
    assertRefused(outcome, 2, /NAME has no meaning/);
  }),
);

runConditional();
