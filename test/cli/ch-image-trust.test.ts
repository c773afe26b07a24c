/** Images that are wanted signed: ch-image pull with signatures in a real registry. */
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { chImage } from "../helpers/ch-image.ts";
import {
  IDENTITY,
  ISSUER,
  makeCertifiedSigner,
  makeSigner,
  type Signer,
  signWithBundle,
  signWithPayload,
} from "../helpers/cosign.ts";
import { withFolder } from "../helpers/folder.ts";
import { makeImage } from "../helpers/image.ts";
import { makeTree, putTree } from "../helpers/layer.ts";
import { ownFolder } from "../helpers/own-folder.ts";
import type { Outcome } from "../helpers/program.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { HAS_REGISTRY, NO_REGISTRY, startRegistry } from "../helpers/registry.ts";
import { Repository, TYPES } from "../helpers/registry-content.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";

const registryTest = testIf(HAS_REGISTRY, NO_REGISTRY);
const registry = HAS_REGISTRY ? await startRegistry() : "";

const KEY = join(ownFolder(), "key.pub");
const ROOT = join(ownFolder(), "root.json");
const signer = makeSigner(KEY);
const stranger = makeSigner(join(ownFolder(), "stranger.pub"));
const certified = HAS_REGISTRY ? makeCertifiedSigner(ROOT) : signer;
const BY_KEY = `* key=${KEY}`;

function byCertificate(identity: string, issuer = ISSUER): string {
  return `${registry} root=${ROOT} issuer=${issuer} identity=${identity}`;
}

let images = 0;

interface Place {
  /** What ch-image pulls. */
  readonly reference: string;
  readonly repository: Repository;
  readonly digest: string;
  readonly index: string;
}

/** An image of its own, and an index with it alone. */
async function putImage(folder: string): Promise<Place> {
  const name = `test/signed${images++}`;
  const repository = new Repository(registry, name);
  const layer = await putTree(repository, makeTree(join(folder, "tree"), { "bin/x": name }));
  const image = await repository.putImage([layer], { tag: "latest" });
  const platform = { os: "linux", architecture: "amd64" };
  const document = { schemaVersion: 2, manifests: [{ ...image, platform }] };
  const { digest: index } = await repository.putManifest(document, TYPES.index, "index");
  return { reference: `${registry}/${name}`, repository, digest: image.digest, index };
}

/** Rules in the user's configuration file. */
function configure(folder: string, ...rules: readonly string[]): void {
  const place = join(folder, "home/.config/charliecloud");
  mkdirSync(place, { recursive: true });
  const lines = rules.map((rule) => `ch-image.trust = ${rule}\n`);
  writeFileSync(join(place, "charliecloud.conf"), lines.join(""));
}

function assertError(outcome: Outcome, words: RegExp): void {
  assertRefused(outcome, 1, /^error: /);
  assert.match(outcome.stderr, words);
}

type Sign = (place: Place) => Promise<void>;

const unsigned: Sign = async () => {};
const payloadBy = (who: Signer): Sign => {
  return ({ repository, digest }) => signWithPayload(repository, digest, who);
};
const bundleBy = (who: Signer): Sign => {
  return ({ repository, digest }) => signWithBundle(repository, digest, who);
};
const otherImage: Sign = ({ repository, digest }) => {
  return signWithPayload(repository, digest, signer, `sha256:${"0".repeat(64)}`);
};
const otherStatement: Sign = ({ repository, digest }) => {
  return signWithBundle(repository, digest, signer, "https://slsa.dev/provenance/v1");
};

const ACCEPTED: readonly (readonly [string, Sign, readonly string[]])[] = [
  ["nothing wants it signed", unsigned, []],
  ["a rule of another registry wants it signed", unsigned, [`example.org key=${KEY}`]],
  ["a narrower rule accepts it", unsigned, ["* reject", `${registry}/test accept`]],
  ["it is signed by the key, as older versions of cosign do", payloadBy(signer), [BY_KEY]],
  ["it is signed by the key, as cosign 3 does", bundleBy(signer), [BY_KEY]],
  ["one of two rules is met", payloadBy(signer), [`* key=${KEY}`, "* reject"]],
  ["it is signed by a certificate", payloadBy(certified), [byCertificate(IDENTITY)]],
  ["... whose name fits", payloadBy(certified), [byCertificate("https://example.org/*")]],
];

for (const [what, sign, rules] of ACCEPTED) {
  registryTest(`an image is pulled where ${what}`, () =>
    withFolder(async (folder) => {
      const place = await putImage(folder);
      await sign(place);
      configure(folder, ...rules);
      assertDone(chImage(folder, "pull", place.reference, "mine"));
    }),
  );
}

const REFUSED: readonly (readonly [string, Sign, readonly string[], RegExp])[] = [
  ["unsigned", unsigned, [BY_KEY], /cannot trust ".*": it is not signed\n.*charliecloud\.conf:1$/m],
  ["rejected", payloadBy(signer), ["* reject"], /it is rejected by .*charliecloud\.conf:1$/m],
  ["signed by another key", payloadBy(stranger), [BY_KEY], /signature verification failed/],
  ["signed by another key, as a bundle", bundleBy(stranger), [BY_KEY], /verification failed/],
  ["signed as another image", otherImage, [BY_KEY], /a signature of something else/],
  ["stated to be something, not signed", otherStatement, [BY_KEY], /a signature of something else/],
  ["signed by a certificate instead of a key", payloadBy(certified), [BY_KEY], /by a certificate/],
  ["signed by a key only", payloadBy(signer), [byCertificate(IDENTITY)], /no certificate/],
  ["of another signer", payloadBy(certified), [byCertificate("https://x/*")], /its signer is "/],
  [
    "of a signer of another issuer",
    payloadBy(certified),
    [byCertificate(IDENTITY, "https://x")],
    /vouched for by somebody else/,
  ],
  [
    "signed by a certificate that the log has not seen used",
    payloadBy({ key: certified.key, certificate: certified.certificate ?? "" }),
    [byCertificate(IDENTITY)],
    /expected 1 timestamps, got 0/,
  ],
];

for (const [what, sign, rules, words] of REFUSED) {
  registryTest(`an image that is ${what} is refused, and nothing of it is fetched`, () =>
    withFolder(async (folder) => {
      const place = await putImage(folder);
      await sign(place);
      configure(folder, ...rules);
      assertError(chImage(folder, "pull", place.reference, "mine"), words);
      assert.is(assertDone(chImage(folder, "list")), "");
      assert.equal(readdirSync(join(folder, "storage/blobs/sha256")), []);
    }),
  );
}

registryTest("the signature of a list of images is one of each image in it", () =>
  withFolder(async (folder) => {
    const { repository, reference, index } = await putImage(folder);
    configure(folder, BY_KEY);
    const pull = ["pull", "--arch=amd64", `${reference}:index`, "mine"];
    assertError(chImage(folder, ...pull), /it is not signed/);
    await signWithPayload(repository, index, signer);
    assertDone(chImage(folder, ...pull));
  }),
);

for (const [rule, words] of [
  ["*", /no rule\n.*write SCOPE and/],
  ["* key=relative.pub", /no rule/],
  ["* key=/x key=/y", /no rule/],
  ["* root=/x issuer=https://x", /no rule/],
  ["* key=/nowhere.pub", /cannot trust by "\/nowhere.pub": No such file or directory/],
  [`* key=${ROOT}`, /cannot trust by ".*": it is no public key in PEM form/],
  [
    `* root=${KEY} issuer=x identity=y`,
    /cannot trust by ".*": it is no Sigstore trusted root in JSON/,
  ],
] as const) {
  registryTest(`ch-image.trust = ${rule} is an error`, () =>
    withFolder(async (folder) => {
      const place = await putImage(folder);
      await signWithPayload(place.repository, place.digest, signer);
      configure(folder, rule);
      assertError(chImage(folder, "pull", place.reference), words);
    }),
  );
}

registryTest("--digest pins an image, or the list that it is from", () =>
  withFolder(async (folder) => {
    const { reference, digest, index } = await putImage(folder);
    assertDone(chImage(folder, "pull", `--digest=${digest}`, reference));
    const list = [`${reference}:index`, "mine"];
    assertDone(chImage(folder, "pull", "--arch=amd64", `--digest=${digest}`, ...list));
    assertDone(chImage(folder, "pull", "--arch=amd64", `--digest=${index}`, ...list));
    const refused = chImage(folder, "pull", `--digest=${index}`, reference, "other");
    assertError(refused, /cannot use ".*": it is not "sha256:.*\n.*it is "sha256:[0-9a-f]+" now/);
  }),
);

registryTest("ch-image check --source asks what names mean today, and who has signed that", () =>
  withFolder(async (folder) => {
    const { reference, repository, digest } = await putImage(folder);
    assertDone(chImage(folder, "pull", reference, "mine"));
    assertDone(chImage(folder, "import", makeImage(join(folder, "local"))));
    const { sourceDigest } = JSON.parse(assertDone(chImage(folder, "inspect", "mine")));
    assert.is(sourceDigest, digest);
    const asked = () => chImage(folder, "check", "--source");
    assert.is(assertDone(asked()), "1 images are what their sources say\n");
    configure(folder, BY_KEY);
    assert.match(asked().stdout, /^mine:latest: cannot trust ".*": it is not signed\n$/);
    await signWithPayload(repository, digest, signer);
    assertDone(asked());
    const other = await putTree(repository, makeTree(join(folder, "other"), { "bin/y": "" }));
    const { digest: newer } = await repository.putImage([other], { tag: "latest" });
    const { status, stdout, stderr } = asked();
    assert.is(stdout, `mine:latest: "${reference}:latest" is "${newer}" now, not "${digest}"\n`);
    assert.is(status, 1);
    assert.match(stderr, "of 1 images 1 are not what their sources say");
    assert.is(assertDone(chImage(folder, "check")), "2 images are whole\n");
    assertRefused(chImage(folder, "check", "--source", "--repair"), 2, /exclude each other/);
  }),
);

runConditional();
