/** ch-image where there is no room: said in one line, with the file system; nothing is lost. */
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import * as assert from "uvu/assert";
import { launchAny } from "../helpers/ch-run.ts";
import { withFolder } from "../helpers/folder.ts";
import { makeNoise } from "../helpers/image.ts";
import { makeTree, makeTrees, putTree, SHOW, SHOWN } from "../helpers/layer.ts";
import { ownFolder } from "../helpers/own-folder.ts";
import { installed, messages, runAny } from "../helpers/program.ts";
import { HAS_REGISTRY, NO_REGISTRY, startRegistry } from "../helpers/registry.ts";
import { Repository } from "../helpers/registry-content.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";

const CAN_MOUNT = runAny("unshare", ["-Urm", "true"]).status === 0;
const fullTest = testIf(
  HAS_REGISTRY && CAN_MOUNT,
  HAS_REGISTRY ? "no user namespaces here" : NO_REGISTRY,
);

async function prepare(): Promise<string> {
  const registry = await startRegistry();
  const repository = new Repository(registry, "test/image");
  const trees = makeTrees(join(ownFolder(), "image"));
  const noise = makeTree(join(ownFolder(), "noise"), { "x/": "" });
  makeNoise(join(noise, "noise"), 8);
  const layers = await Promise.all([...trees, noise].map((tree) => putTree(repository, tree)));
  await repository.putImage(layers.slice(0, 3), { tag: "small" });
  await repository.putImage(layers, { tag: "large" });
  return `${registry}/test/image`;
}

const NAME = HAS_REGISTRY ? await prepare() : "";

/** How little there is, and what takes it away once an image has been pulled. */
interface Shortage {
  readonly mount: string;
  readonly fill: string;
  /** The command that brings the other image. */
  readonly bring?: string;
}

/** Bring an image that fits and one that does not; then look at the first, and delete it. */
const SCRIPT = `mount -t tmpfs -o $2 none "$1/storage" && cd "$1/storage" &&
ch-image pull $4:small small >/dev/null || exit 99
eval "$3"
$5
echo "status: $?"
ch-image list && ch-image check && ch-run small -- sh -c '${SHOW}' && ch-image delete small &&
ch-image gc --now >/dev/null && ls -A layers tmp && cat index.json`;

const AFTERWARDS = `status: 1
small:latest
1 images are whole
${SHOWN}deleted small:latest
layers:

tmp:
{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}
`;

async function pullWhere({ mount, fill, bring }: Shortage): Promise<string[]> {
  let said: string[] = [];
  await withFolder(async (folder) => {
    mkdirSync(join(folder, "storage"));
    const words = ["-Urm", "sh", "-c", SCRIPT, "sh", folder, mount, fill, NAME];
    words.push(bring ?? `ch-image pull ${NAME}:large large`);
    const env = {
      CH_IMAGE_STORAGE: join(folder, "storage"),
      HOME: join(folder, "home"),
      TMPDIR: folder,
      PATH: `${dirname(installed("ch-image"))}:${process.env["PATH"]}`,
    };
    const { status, stdout, stderr } = await launchAny("unshare", words, { env }).ended;
    said = messages(stderr);
    assert.equal([status, stdout], [0, AFTERWARDS], stderr);
  });
  return said;
}

function assertSaid([error = "", hint = "", ...more]: readonly string[], expected: RegExp): void {
  assert.match(error, expected);
  assert.match(error, /file system ".*\/storage" \(tmpfs\)\)?$/);
  assert.match(hint, /^hint: "ch-image gc --now" .* --storage=DIR chooses another place$/);
  assert.equal(more, []);
}

fullTest("what cannot fit is refused before it is fetched", async () => {
  const said = await pullWhere({ mount: "size=80m", fill: "head -c 72m /dev/zero >full" });
  assertSaid(
    said,
    /^error: cannot fetch "large:latest": 8\.\d MiB are needed, \S+ MiB are free in /,
  );
});

fullTest("what would fill the disk when unpacked is refused", async () => {
  const said = await pullWhere({ mount: "size=80m", fill: "head -c 65m /dev/zero >full" });
  assertSaid(said, /^error: cannot unpack "sha256:/);
});

fullTest("what is imported does not fit", async () => {
  const bring = `ch-image import ${ownFolder()}/noise large`;
  const said = await pullWhere({ mount: "size=80m", fill: "head -c 72m /dev/zero >full", bring });
  assertSaid(
    said,
    /^error: cannot fetch "large:latest": 8\.\d MiB are needed, \S+ MiB are free in /,
  );
});

// Each of them fails at another step.
for (const left of [1, 3, 5, 9]) {
  fullTest(`a file system in which only ${left} files can be made`, async () => {
    const fill = `i=0; while touch f$((i += 1)); do :; done 2>/dev/null
      while [ $((left += 1)) -le ${left} ]; do rm f$((i -= 1)); done`;
    const said = await pullWhere({ mount: "size=90m,nr_inodes=200", fill });
    assertSaid(said, /^error: cannot .*: [Nn]o space left on device/);
  });
}

runConditional();
