/** ch-convert: every pair of formats, contents and configuration compared. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { runLimited } from "../helpers/ch-run.ts";
import { withFolder } from "../helpers/folder.ts";
import { makeImage } from "../helpers/image.ts";
import { makeTree } from "../helpers/layer.ts";
import { CONFIG, hasProgram } from "../helpers/layout.ts";
import { ownFolder } from "../helpers/own-folder.ts";
import { installed, must, type Outcome, run, runAny } from "../helpers/program.ts";
import { assertDone } from "../helpers/refusal.ts";
import { HAS_REGISTRY, NO_REGISTRY, startRegistry } from "../helpers/registry.ts";
import { makeSif } from "../helpers/sif.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";
import { snapshot } from "../helpers/tree.ts";

const registry = HAS_REGISTRY ? await startRegistry() : "";
const base = ownFolder();

/** Podman's images in a folder of the test's own; what it keeps needs no privilege. */
function environment(): Record<string, string> {
  const conf = join(base, "storage.conf");
  const lines = ["[storage]", 'driver = "vfs"', `graphroot = "${base}/graph"`];
  const options = ["[storage.options]", 'ignore_chown_errors = "true"'];
  writeFileSync(conf, [...lines, `runroot = "${base}/run"`, ...options, ""].join("\n"));
  const podman = { CONTAINERS_STORAGE_CONF: conf, XDG_RUNTIME_DIR: base, HOME: base };
  return { ...podman, CH_IMAGE_STORAGE: join(base, "storage"), TMPDIR: base };
}

function convert(cwd: string, ...args: readonly string[]): Outcome {
  return runLimited(installed("ch-convert"), args, { env: environment(), cwd });
}

interface Format {
  /** What is read: the same image in each format. */
  readonly input: string;
  /** What is written, in a folder of the pair's own. */
  readonly output: string;
  /** Why the format cannot be tried here. */
  readonly missing: string;
}

function engineMissing(engine: string): string {
  const works =
    hasProgram(engine) && runAny(engine, ["images"], { env: environment() }).status === 0;
  return works ? "" : `no ${engine} that works here`;
}

const FORMATS: Readonly<Record<string, Format>> = {
  dir: { input: "in.dir", output: "out/", missing: "" },
  tar: { input: "in.tar.gz", output: "out.tar.gz", missing: "" },
  squash: { input: "in.sqfs", output: "out.sqfs", missing: "" },
  "ch-image": { input: "ch-image:in", output: "ch-image:out", missing: "" },
  oci: { input: "oci:in.oci", output: "oci:out.oci", missing: "" },
  "oci-archive": {
    input: "oci-archive:in-oci.tar",
    output: "oci-archive:out-oci.tar",
    missing: "",
  },
  "docker-archive": {
    input: "docker-archive:in-d.tar",
    output: "docker-archive:out-d.tar",
    missing: "",
  },
  registry: {
    input: `docker://${registry}/pairs/in`,
    output: `docker://${registry}/pairs/out`,
    missing: HAS_REGISTRY ? "" : NO_REGISTRY,
  },
  podman: {
    input: "containers-storage:localhost/pairs/in:1",
    output: "containers-storage:localhost/pairs/out:1",
    missing: engineMissing("podman"),
  },
  docker: {
    input: "docker-daemon:pairs/in:1",
    output: "docker-daemon:pairs/out:1",
    missing: engineMissing("docker"),
  },
};
/** Of trees there is nothing to convert to the same format. */
const TREES = ["dir", "tar", "squash"];

/** The path of an input, or its name, as seen from the folder of a pair. */
function seen(text: string): string {
  return text.replace(/^((?:oci|oci-archive|docker-archive):|)(in[.-])/, `$1${base}/$2`);
}

/** The image in every format that can be tried here. */
function prepare(): void {
  const image = makeImage(join(base, "image"));
  makeTree(image, { "ch/metadata.json": JSON.stringify({ config: CONFIG }), "data/x": "1" });
  must("ln", join(image, "data/x"), join(image, "data/y"));
  must("tar", "-C", image, "-czf", join(base, "first.tar.gz"), ".");
  assertDone(convert(base, "first.tar.gz", "in.dir/"));
  for (const [kind, { input, missing }] of Object.entries(FORMATS)) {
    if (kind !== "dir" && !missing) assert.is(convert(base, "in.dir", seen(input)).status, 0, kind);
  }
  makeSif(join(base, "in.sqfs"), join(base, "in.sif"));
}

prepare();

/** Contents, but for what is written anew: the configuration, less what is about layers. */
function contents(tree: string): readonly [string[], unknown] {
  const { config } = JSON.parse(must("cat", join(tree, "ch/metadata.json")));
  return [snapshot(tree).filter((line) => !/^ch( |\/)/.test(line)), config];
}

const EXPECTED = contents(join(base, "in.dir"));

function checkPair(input: string, { output }: Format): Promise<void> {
  return withFolder((folder) => {
    const outcome = convert(folder, seen(input), output);
    assert.equal([outcome.status, outcome.stderr], [0, ""]);
    const tree = join(folder, "out");
    if (output !== "out/") assertDone(convert(folder, output, "out/"));
    assert.equal(contents(tree), EXPECTED);
    assert.equal(EXPECTED[1], CONFIG);
  });
}

const READ = Object.entries({ ...FORMATS, SIF: { input: join(base, "in.sif"), missing: "" } });
const WRITTEN = Object.entries(FORMATS);
/** All pairs take minutes: without being asked for them, each format is read and written once. */
const ALL = process.env["CH_TEST_ROUNDS"] !== undefined;
const STEP = 3;

for (const [row, [from, source]] of READ.entries()) {
  for (const [column, [to, target]] of WRITTEN.entries()) {
    if (from === to && TREES.includes(from)) continue;
    if (!ALL && (row + STEP) % WRITTEN.length !== column) continue;
    const missing = source.missing || target.missing;
    testIf(missing === "", missing)(`ch-convert ${from} -> ${to}`, () =>
      checkPair(source.input, target),
    );
  }
}

for (const kind of TREES) {
  testIf(true, "")(`ch-convert ${kind} -> ${kind} is nothing to convert`, () => {
    const { input = "", output = "" } = FORMATS[kind] ?? {};
    const { status, stderr } = run("ch-convert", [seen(input), output], { cwd: base });
    assert.is(status, 2);
    assert.match(stderr, /: nothing to convert$/m);
  });
}

runConditional();
