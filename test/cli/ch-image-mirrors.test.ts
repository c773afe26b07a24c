/** Mirrors of a registry: ch-image pull asks them first, and the registry for what they have not. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { chImage, chImageWith, configure, runStored, startImage } from "../helpers/ch-image.ts";
import { makeSigner, signWithBundle } from "../helpers/cosign.ts";
import { type FaultProxy, startFaultProxy } from "../helpers/fault-proxy.ts";
import { withFolder } from "../helpers/folder.ts";
import { makeTrees, putTree, SHOW, SHOWN } from "../helpers/layer.ts";
import { ownFolder } from "../helpers/own-folder.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { HAS_REGISTRY, NO_REGISTRY, startRegistry } from "../helpers/registry.ts";
import { type Blob, Repository } from "../helpers/registry-content.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";

const registryTest = testIf(HAS_REGISTRY, NO_REGISTRY);

const trees = HAS_REGISTRY ? makeTrees(join(ownFolder(), "image")) : [];

/** The same everywhere. */
async function putImage(registry: string, name: string): Promise<Blob> {
  const repository = new Repository(registry, name);
  const layers = await Promise.all(trees.map((tree) => putTree(repository, tree)));
  return repository.putImage(layers, { tag: "latest" });
}

/** A registry and a mirror that has its images below another path, both overheard. */
interface Place {
  readonly mirror: FaultProxy;
  readonly registry: FaultProxy;
  /** The image as it is called at the registry. */
  readonly name: string;
}

async function prepare(): Promise<{ readonly mirror: string; readonly registry: string }> {
  const registry = await startRegistry();
  const mirror = await startRegistry({ data: "mirror-data" });
  await putImage(registry, "team/image");
  await putImage(registry, "team/only");
  await putImage(mirror, "copies/image");
  return { registry, mirror };
}

const locked = HAS_REGISTRY ? await startRegistry({ data: "mirror-data", login: "password" }) : "";
const servers = HAS_REGISTRY ? await prepare() : { registry: "", mirror: "" };

/** Do something in a folder whose configuration has the mirror. */
function withMirror(work: (folder: string, place: Place) => Promise<unknown>): () => Promise<void> {
  return () =>
    withFolder(async (folder) => {
      const mirror = await startFaultProxy(servers.mirror);
      const registry = await startFaultProxy(servers.registry);
      configure(folder, `ch-image.mirror = ${registry.address}/team ${mirror.address}/copies`);
      await work(folder, { mirror, registry, name: `${registry.address}/team/image` });
    });
}

function blobs({ log }: FaultProxy): readonly string[] {
  return log.filter((line) => line.includes("/blobs/"));
}

async function assertRuns(folder: string): Promise<void> {
  assert.is(assertDone(runStored(folder, "mine", "--", "/bin/sh", "-c", SHOW)), SHOWN);
}

registryTest(
  "an image comes from the mirror, and its registry is not asked",
  withMirror(async (folder, { mirror, registry, name }) => {
    assertDone(await startImage(folder, "pull", name, "mine").ended);
    assert.equal(registry.log, []);
    assert.is(blobs(mirror).length, 4);
    assert.ok(mirror.log.every((line) => /\/v2\/(copies\/image\/.*)?$/.test(line)));
    const { source } = JSON.parse(assertDone(chImage(folder, "inspect", "mine")));
    assert.is(source, `${name}:latest`);
    await assertRuns(folder);
  }),
);

registryTest(
  "what the mirror has not comes from the registry",
  withMirror(async (folder, { registry }) => {
    assertDone(await startImage(folder, "pull", `${registry.address}/team/only`, "mine").ended);
    assert.is(blobs(registry).length, 4);
    await assertRuns(folder);
  }),
);

registryTest(
  "a blob that the mirror garbles, lacks or breaks off comes from the registry",
  withMirror(async (folder, { mirror, registry, name }) => {
    mirror.break(
      /blobs/,
      { kind: "pass" },
      { kind: "garble" },
      { kind: "status", status: 404 },
      { kind: "cut", after: 10 },
    );
    mirror.break(/blobs/, { kind: "lose" }, { kind: "lose" });
    assertDone(await startImage(folder, "pull", "--jobs=1", name, "mine").ended);
    assert.is(blobs(registry).length, 3);
    assert.match(blobs(registry).at(-1) ?? "", / from 10$/);
    await assertRuns(folder);
  }),
);

registryTest(
  "a mirror that is not there, or overloaded, is asked no more",
  withMirror(async (folder, { mirror, registry, name }) => {
    const overloaded = { kind: "status", status: 503, retryAfter: "100" } as const;
    mirror.break(/manifests/, overloaded, overloaded);
    const { stderr, status } = await startImage(folder, "pull", "-v", name, "mine").ended;
    assert.is(status, 0);
    assert.match(stderr, /going on without mirror "127\.0\.0\.1:\d+": .*status 503$/m);
    assert.is(blobs(mirror).length, 0);
    configure(folder, `ch-image.mirror = ${registry.address} 127.0.0.1:1`);
    rmSync(join(folder, "storage"), { recursive: true });
    assertDone(await startImage(folder, "pull", name, "mine").ended);
    await assertRuns(folder);
  }),
);

registryTest(
  "mirrors are asked in their order, and nobody for other registries or for a push",
  withMirror(async (folder, { mirror, registry, name }) => {
    const empty = await startFaultProxy(await startRegistry({ data: "empty" }));
    const lines = [empty, mirror].map(
      ({ address }) => `ch-image.mirror = ${registry.address}/team http://${address}/copies`,
    );
    configure(folder, `ch-image.mirror = ${registry.address} ${empty.address}/none`, ...lines);
    assertDone(await startImage(folder, "pull", name, "mine").ended);
    assert.equal([blobs(mirror).length, registry.log.length], [4, 0]);
    assert.match(empty.log[0] ?? "", /\/v2\/copies\/image\/manifests/);
    for (const { log } of [mirror, empty]) log.length = 0;
    assertDone(await startImage(folder, "pull", `${servers.registry}/team/only`, "b").ended);
    assertDone(await startImage(folder, "push", "mine", `${registry.address}/team/new`).ended);
    assert.equal([mirror.log, empty.log], [[], []]);
  }),
);

registryTest("a mirror gets no login that is not its own", () =>
  withFolder((folder) => {
    const mirror = locked;
    configure(folder, `ch-image.mirror = ${servers.registry}/team ${mirror}/copies`);
    const pull = ["pull", "-v", "--auth", `${servers.registry}/team/image`, "mine"];
    // The right ones, but meant for the registry.
    const login = { CH_IMAGE_USERNAME: "test", CH_IMAGE_PASSWORD: "testpw" };
    const { status, stderr } = chImageWith(folder, login, ...pull);
    assert.is(status, 0);
    assert.ok(stderr.includes(`without mirror "${mirror}": registry "${mirror}" wants a login`));
    const auths = { [mirror]: { auth: Buffer.from("test:testpw").toString("base64") } };
    const file = join(folder, "auth.json");
    writeFileSync(file, JSON.stringify({ auths }));
    rmSync(join(folder, "storage"), { recursive: true });
    const again = chImageWith(folder, login, ...pull, `--authfile=${file}`);
    assert.is(again.status, 0);
    assert.not.match(again.stderr, /without mirror/);
  }),
);

registryTest("a signature that the mirror lacks is that of the registry's image", () =>
  withFolder(async (folder) => {
    const { digest } = await putImage(servers.registry, "signed");
    await putImage(servers.mirror, "signed");
    const key = join(folder, "key.pub");
    const signer = makeSigner(key);
    await signWithBundle(new Repository(servers.registry, "signed"), digest, signer);
    const mirror = await startFaultProxy(servers.mirror);
    const trust = `ch-image.trust = * key=${key}`;
    configure(folder, `ch-image.mirror = ${servers.registry} ${mirror.address}`, trust);
    assertDone(await startImage(folder, "pull", `${servers.registry}/signed`, "mine").ended);
    assert.is(blobs(mirror).length, 4);
  }),
);

registryTest("ch-image gestalt lists the mirrors", () =>
  withFolder((folder) => {
    configure(folder, "ch-image.mirror = docker.io http://a.example/hub");
    const { mirrors } = JSON.parse(assertDone(chImage(folder, "gestalt", "--json")));
    assert.equal(mirrors, ["docker.io http://a.example/hub"]);
    assert.match(assertDone(chImage(folder, "gestalt")), /^mirror: docker\.io http:/m);
  }),
);

registryTest("a line that cannot be meant is refused", () =>
  withFolder((folder) => {
    for (const value of [
      "a.example",
      "a.example b.example c",
      "a.example ftp://b",
      "* b.example",
    ]) {
      configure(folder, `ch-image.mirror = ${value}`);
      assertRefused(chImage(folder, "pull", "x"), 1, /conf:1: "ch-image\.mirror = .*": no mirror$/);
    }
  }),
);

runConditional();
