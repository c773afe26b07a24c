/** ch-convert to and from real registries: what arrives, who may, and how they are spoken to. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { makeCertificate } from "../helpers/certificate.ts";
import { runLimited } from "../helpers/ch-run.ts";
import { withFolder } from "../helpers/folder.ts";
import { makeImage } from "../helpers/image.ts";
import { makeTree } from "../helpers/layer.ts";
import { CONFIG, hasProgram, makeLayout } from "../helpers/layout.ts";
import { installed, must, type Outcome } from "../helpers/program.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { HAS_REGISTRY, NO_REGISTRY, startRegistry } from "../helpers/registry.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";
import { snapshot } from "../helpers/tree.ts";

const registryTest = testIf(HAS_REGISTRY, NO_REGISTRY);
const HAS_SKOPEO = hasProgram("skopeo");
const registry = HAS_REGISTRY ? await startRegistry() : "";
const other = HAS_REGISTRY ? await startRegistry({ data: "other" }) : "";

function convert(folder: string, ...args: readonly string[]): Outcome {
  const storage = { CH_IMAGE_STORAGE: join(folder, "storage"), TMPDIR: folder };
  const env = { ...storage, HOME: join(folder, "home") };
  return runLimited(installed("ch-convert"), args, { env, cwd: folder });
}

/** An image as the registry has it. */
async function manifestOf(server: string, name: string): Promise<string> {
  const headers = { accept: "application/vnd.oci.image.manifest.v1+json" };
  return (await fetch(`http://${server}/v2/${name}/manifests/latest`, { headers })).text();
}

function inspected(name: string): { config: unknown; history: readonly unknown[] } {
  const args = ["inspect", "--tls-verify=false", "--config", `docker://${registry}/${name}`];
  return JSON.parse(must("skopeo", ...args));
}

testIf(HAS_REGISTRY && HAS_SKOPEO, "no docker-registry or no skopeo here")(
  "skopeo reads what ch-convert sends, of each family, with its configuration",
  () =>
    withFolder((folder) => {
      const tree = makeTree(makeImage(join(folder, "tree")), { "data/x": "1" });
      makeTree(tree, { "ch/metadata.json": JSON.stringify({ config: CONFIG }) });
      makeLayout(folder);
      assertDone(convert(folder, "layout", "docker-archive:a.tar"));
      assertDone(convert(folder, "layout", "stored"));
      for (const [input, layers] of [
        ["tree", 1],
        ["a.tar", 3],
        ["layout", 3],
        ["stored", 3],
      ] as const) {
        const name = `from/${input}`;
        const output = assertDone(convert(folder, input, `docker://${registry}/${name}`));
        assert.match(output, new RegExp(`${name}:latest: sha256:\\w+, \\d blobs sent, `));
        const { config, history } = inspected(name);
        assert.equal([config, history.length], [CONFIG, layers], input);
        const copy = join(folder, `copy-${layers}`);
        const args = ["copy", "-q", "--insecure-policy", "--src-tls-verify=false"];
        must("skopeo", ...args, `docker://${registry}/${name}`, `oci:${copy}:${input}`);
      }
    }),
);

registryTest("a tree goes to a registry and comes back the same", () =>
  withFolder((folder) => {
    makeImage(join(folder, "tree"));
    assertDone(convert(folder, "tree", "a.tar"));
    assertDone(convert(folder, "a.tar", "before/"));
    const name = `docker://${registry}/there/and/back:1`;
    assertDone(convert(folder, "--compress=zstd", "before/", name));
    assertDone(convert(folder, name, "after/"));
    const contents = (tree: string): string[] =>
      snapshot(join(folder, tree)).filter((line) => !/^ch( |\/)/.test(line));
    assert.equal(contents("after"), contents("before"));
  }),
);

registryTest("from registry to registry an image stays as it is, to its digest", () =>
  withFolder(async (folder) => {
    makeLayout(folder);
    assertDone(convert(folder, "layout", `docker://${registry}/some/image`));
    const copy = convert(folder, `docker://${registry}/some/image`, `docker://${other}/a/copy`);
    assert.match(assertDone(copy), / 4 blobs sent, 0 taken over, 0 already there$/m);
    assert.is(await manifestOf(other, "a/copy"), await manifestOf(registry, "some/image"));
    const again = convert(folder, "layout", `docker://${registry}/some/image`);
    assert.match(assertDone(again), / 0 blobs sent, 0 taken over, 4 already there$/m);
  }),
);

registryTest("ch-convert --no-clobber keeps what a registry has", () =>
  withFolder(async (folder) => {
    makeLayout(folder);
    const name = `docker://${registry}/not/replaced`;
    assertDone(convert(folder, "--no-clobber", "layout", name));
    const before = await manifestOf(registry, "not/replaced");
    makeImage(join(folder, "tree"));
    const refused = convert(folder, "--no-clobber", "tree", name);
    assertRefused(refused, 1, `cannot write "${name}": it exists`);
    assert.is(await manifestOf(registry, "not/replaced"), before);
    assertDone(convert(folder, "tree", name));
    assert.is.not(await manifestOf(registry, "not/replaced"), before);
  }),
);

registryTest("what is no name of an image is refused before anything is done", () =>
  withFolder((folder) => {
    makeImage(join(folder, "tree"));
    const wrong = convert(folder, "tree", "docker://No/Such:Name:");
    assertRefused(wrong, 2, /is no image reference/);
    const compression = convert(folder, "--compress=xz", "tree", `docker://${registry}/x`);
    assertRefused(compression, 2, 'cannot compress a layer with "xz"');
  }),
);

testIf(HAS_REGISTRY && hasProgram("openssl"), "no docker-registry or no openssl here")(
  "--tls-ca, --tls-no-verify and --authfile count for both directions",
  () =>
    withFolder(async (folder) => {
      const certificate = makeCertificate("IP:127.0.0.1");
      const server = await startRegistry({ data: "tls", certificate, login: "password" });
      const auth = Buffer.from("test:testpw").toString("base64");
      writeFileSync(join(folder, "auth.json"), JSON.stringify({ auths: { [server]: { auth } } }));
      makeImage(join(folder, "tree"));
      const [there, ca] = [`docker://${server}/x`, `--tls-ca=${certificate.authorityFile}`];
      assertRefused(convert(folder, "tree", there), 1, /certificate/);
      assertRefused(convert(folder, ca, "tree", there), 1, /^error: .*(login|log in|user|auth)/i);
      const login = "--authfile=auth.json";
      assertDone(convert(folder, ca, login, "tree", there));
      assertDone(convert(folder, "--tls-no-verify", login, "--auth", there, "back/"));
      assert.is(readFileSync(join(folder, "back/etc/os-release"), "utf8"), "ID=test\nNAME=test\n");
      const plain = convert(folder, "--plain-http", login, there, "again/");
      assertRefused(plain, 1, /^error: /);
    }),
);

registryTest("a conversion that fails sends no image and leaves nothing", () =>
  withFolder(async (folder) => {
    mkdirSync(join(folder, "tmp"));
    writeFileSync(join(folder, "broken.tar"), readFileSync(broken(folder)).subarray(0, 5000));
    const args = [`--tmp=${folder}/tmp`, "broken.tar", `docker://${registry}/broken/image`];
    assert.is(convert(folder, ...args).status, 1);
    assert.match(await manifestOf(registry, "broken/image"), "_UNKNOWN");
    assert.equal(must("ls", "-A", join(folder, "tmp")), "");
  }),
);

function broken(folder: string): string {
  makeImage(join(folder, "whole"));
  assertDone(convert(folder, "whole", "whole.tar"));
  return join(folder, "whole.tar");
}

runConditional();
