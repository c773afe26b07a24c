/**
 * From a registry to a file, cut off in the middle: the rest alone is fetched, by the same process
 * or another one, and the file is that of a pull that nobody has disturbed.
 */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { chImage, startConvert, startImage } from "../helpers/ch-image.ts";
import type { Launched } from "../helpers/ch-run.ts";
import { eventually } from "../helpers/eventually.ts";
import { type FaultProxy, startFaultProxy } from "../helpers/fault-proxy.ts";
import { withFolder } from "../helpers/folder.ts";
import { makeNoise } from "../helpers/image.ts";
import { makeTree, makeTrees, putTree } from "../helpers/layer.ts";
import { ownFolder } from "../helpers/own-folder.ts";
import { untilNobody } from "../helpers/processes.ts";
import { assertDone } from "../helpers/refusal.ts";
import { HAS_REGISTRY, NO_REGISTRY, startRegistry } from "../helpers/registry.ts";
import { type Blob, Repository } from "../helpers/registry-content.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";

const registryTest = testIf(HAS_REGISTRY, NO_REGISTRY);

interface Prepared {
  readonly registry: string;
  /** The oldest first; the last is large. */
  readonly blobs: readonly Blob[];
  /** What comes of the image. */
  readonly file: Buffer;
}

async function prepare(): Promise<Prepared> {
  const registry = await startRegistry();
  const repository = new Repository(registry, "test/image");
  const trees = makeTrees(join(ownFolder(), "image"));
  const large = makeTree(join(ownFolder(), "large"), { "x/": "" });
  makeNoise(join(large, "noise"), 6);
  const layers = await Promise.all([...trees, large].map((tree) => putTree(repository, tree)));
  await repository.putImage(layers, { tag: "latest" });
  const file = join(ownFolder(), "image.sqfs");
  assertDone(chImage(ownFolder(), "pull", `--squash=${file}`, `${registry}/test/image`));
  return { registry, blobs: layers.map(({ blob }) => blob), file: readFileSync(file) };
}

const NOTHING: Prepared = { registry: "", blobs: [], file: Buffer.alloc(0) };
const { registry, blobs, file: FILE } = HAS_REGISTRY ? await prepare() : NOTHING;
const digests = blobs.map(({ digest }) => digest);
const LARGE = digests.at(-1) ?? "";
const size = blobs.at(-1)?.size ?? 0;
const OUTPUT = "a.sqfs";

function pull(folder: string, proxy: FaultProxy, output = OUTPUT): Launched {
  const name = `${proxy.address}/test/image`;
  return startImage(folder, "pull", `--squash=${join(folder, output)}`, name);
}

/** Where a layer grows while another process may go on with it. */
function partOf(folder: string, digest = LARGE): string {
  const name = `.charliecloud.parts.${process.geteuid?.()}`;
  return join(folder, name, digest.replace("sha256:", ""));
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** Which layers were asked for, and where that began. */
function asked(proxy: FaultProxy): readonly string[] {
  const lines = proxy.log
    .splice(0)
    .map((line) => /\/blobs\/(sha256:\w+)(?: from \d+)?$/.exec(line));
  return lines
    .flatMap((found) => (found?.[1] && digests.includes(found[1]) ? [found[0]] : []))
    .map((line) => line.replace("/blobs/", ""))
    .sort();
}

/** Wait until all layers but the large one are there, and some of that. */
async function untilInTheMiddle(folder: string): Promise<void> {
  const wanted = blobs.map(({ digest, size }) => ({ digest, least: digest === LARGE ? 1 : size }));
  await eventually("a part of the layer", () =>
    wanted.every(({ digest, least }) => sizeOf(partOf(folder, digest)) >= least),
  );
}

/** A proxy behind which the large layer stops in the middle, once. */
async function stallingProxy(): Promise<FaultProxy> {
  const proxy = await startFaultProxy(registry);
  proxy.break(new RegExp(LARGE), { kind: "stall", after: size / 2 });
  return proxy;
}

/** Kill a pull when it has come half way. */
async function killHalfWay(folder: string, proxy: FaultProxy): Promise<void> {
  const { child, ended } = pull(folder, proxy);
  await untilInTheMiddle(folder);
  child.kill("SIGKILL");
  await ended;
  await untilNobody(folder);
  assert.not(existsSync(join(folder, OUTPUT)));
  assert.equal(asked(proxy), [...digests].sort());
}

/** The file is there, and nothing else is. */
function assertFile(folder: string, output = OUTPUT): void {
  assert.ok(readFileSync(join(folder, output)).equals(FILE), "the same file");
  assert.equal(readdirSync(folder), [output]);
}

registryTest("a connection that is cut costs its rest only", () =>
  withFolder(async (folder) => {
    const proxy = await startFaultProxy(registry);
    proxy.break(new RegExp(LARGE), { kind: "cut", after: size / 2 });
    assertDone(await pull(folder, proxy).ended);
    const rest = asked(proxy).filter((line) => line.includes(" from "));
    assert.is(rest.length, 1);
    assert.match(rest[0] ?? "", new RegExp(`^${LARGE} from [1-9]`));
    assertFile(folder);
  }),
);

registryTest("after a pull that was killed, the next one fetches the rest only", () =>
  withFolder(async (folder) => {
    const proxy = await stallingProxy();
    await killHalfWay(folder, proxy);
    const begun = sizeOf(partOf(folder));
    assert.ok(begun > 0 && begun < size);
    assertDone(await pull(folder, proxy).ended);
    assert.equal(asked(proxy), [`${LARGE} from ${begun}`]);
    assertFile(folder);
  }),
);

registryTest("a part that was damaged is fetched again", () =>
  withFolder(async (folder) => {
    const proxy = await stallingProxy();
    await killHalfWay(folder, proxy);
    const bytes = readFileSync(partOf(folder));
    bytes.writeUInt8(bytes.readUInt8(99) ^ 255, 99);
    writeFileSync(partOf(folder), bytes);
    assertDone(await pull(folder, proxy).ended);
    assert.equal(asked(proxy), [LARGE, `${LARGE} from ${bytes.length}`]);
    assertFile(folder);
  }),
);

registryTest("a layer that came in full, and was damaged then, is fetched again", () =>
  withFolder(async (folder) => {
    const proxy = await stallingProxy();
    await killHalfWay(folder, proxy);
    const [first = ""] = digests;
    const path = partOf(folder, first);
    writeFileSync(path, Buffer.alloc(sizeOf(path) + 1));
    const begun = sizeOf(partOf(folder));
    assertDone(await pull(folder, proxy).ended);
    assert.equal(asked(proxy), [first, `${LARGE} from ${begun}`].sort());
    assertFile(folder);
  }),
);

registryTest("a pull that was told to end leaves what it has to the next one", () =>
  withFolder(async (folder) => {
    const proxy = await stallingProxy();
    const { child, ended } = pull(folder, proxy);
    await untilInTheMiddle(folder);
    child.kill("SIGTERM");
    assert.is((await ended).signal, "SIGTERM");
    asked(proxy);
    const begun = sizeOf(partOf(folder));
    assertDone(await pull(folder, proxy).ended);
    assert.equal(asked(proxy), [`${LARGE} from ${begun}`]);
    assertFile(folder);
  }),
);

for (const output of ["tree.tar", "oci:layout", "oci-archive:archive", "docker-archive:archive"]) {
  registryTest(`ch-convert to ${output} goes on with what ch-image has begun`, () =>
    withFolder(async (folder) => {
      const proxy = await stallingProxy();
      await killHalfWay(folder, proxy);
      const begun = sizeOf(partOf(folder));
      const [, kind = "", name = ""] = /^(.*:)?(.*)$/.exec(output) ?? [];
      const from = `docker://${proxy.address}/test/image`;
      assertDone(await startConvert(folder, from, kind + join(folder, name)).ended);
      assert.equal(asked(proxy), [`${LARGE} from ${begun}`]);
      assert.equal(readdirSync(folder), [name]);
    }),
  );
}

registryTest("--always-download fetches all, and leaves nothing", () =>
  withFolder(async (folder) => {
    const proxy = await stallingProxy();
    await killHalfWay(folder, proxy);
    const args = ["--always-download", `--squash=${folder}/${OUTPUT}`];
    assertDone(await startImage(folder, "pull", ...args, `${proxy.address}/test/image`).ended);
    assert.equal(asked(proxy), [...digests].sort());
    assertFile(folder);
  }),
);

registryTest("while one pull is at a layer, another one fetches it for itself", () =>
  withFolder(async (folder) => {
    const proxy = await stallingProxy();
    const { child, ended } = pull(folder, proxy);
    await untilInTheMiddle(folder);
    asked(proxy);
    assertDone(await pull(folder, proxy, "other.sqfs").ended);
    assert.equal(asked(proxy), [...digests].sort());
    assert.ok(readFileSync(join(folder, "other.sqfs")).equals(FILE));
    child.kill("SIGKILL");
    await ended;
    await untilNobody(folder);
    const begun = sizeOf(partOf(folder));
    assertDone(await pull(folder, proxy, "other.sqfs").ended);
    assert.equal(asked(proxy), [`${LARGE} from ${begun}`]);
    assertFile(folder, "other.sqfs");
  }),
);

registryTest("many at once are all right, and leave nothing", () =>
  withFolder(async (folder) => {
    const proxy = await startFaultProxy(registry);
    const names = ["a", "b", "c", "d"].map((name) => `${name}.sqfs`);
    const outcomes = await Promise.all(names.map((name) => pull(folder, proxy, name).ended));
    for (const outcome of outcomes) assertDone(outcome);
    for (const name of names) assert.ok(readFileSync(join(folder, name)).equals(FILE), name);
    assert.equal(readdirSync(folder).sort(), names);
  }),
);

runConditional();
