/** --quiet: what was done is not told, what was asked for is printed, and errors are errors. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { IMAGE_ACTIONS } from "../../lib/cli/ch-image-actions.ts";
import { chImage } from "../helpers/ch-image.ts";
import { withFolder } from "../helpers/folder.ts";
import { makeLayout } from "../helpers/layout.ts";
import { installed, messages, type Outcome, runAny } from "../helpers/program.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { HAS_REGISTRY, NO_REGISTRY, startRegistry } from "../helpers/registry.ts";
import { testIf } from "../helpers/test-if.ts";

/** One after the other; DIR is a folder with an OCI layout. */
const SILENT: readonly string[] = [
  "import DIR/layout mine",
  "tag mine other",
  "rename other third",
  "delete third",
  "undelete third",
  "delete --now third",
  "gc",
  "check",
  "check --repair",
  "export mine DIR/export.tar",
  "reset --force",
];

/** With a registry at HOST besides. */
const SILENT_WITH_REGISTRY: readonly string[] = [
  "import DIR/layout mine",
  "push mine HOST/image",
  "pull HOST/image other",
  "pull --squash=DIR/image.sqfs HOST/image",
  "check --source",
  "login --username=test --password-stdin HOST",
  "logout HOST",
];

const ASKED: readonly string[] = [
  "list",
  "list --json",
  "list --long",
  "list --tree",
  "inspect mine",
  "df",
  "df --json",
  "check --json",
  "dependencies",
  "gestalt",
  "gestalt storage-path",
  "pull --parse-only alpine",
  "delete --dry-run mine",
  "reset --dry-run",
  "delete --json mine",
  "gc --now --json",
];

/** Run ch-image with --quiet and the words of a line. */
function quiet(folder: string, line: string): Outcome {
  return chImage(folder, "--quiet", ...line.replaceAll("DIR", folder).split(" "));
}

test("every action of ch-image is in one of these tables", () => {
  const lines = [...SILENT, ...SILENT_WITH_REGISTRY, ...ASKED];
  const known = new Set(lines.map((line) => line.split(" ")[0]));
  assert.equal(
    IMAGE_ACTIONS.map(({ name }) => name).filter((name) => !known.has(name)),
    [],
  );
});

test("ch-image --quiet does not tell what it has done", () =>
  withFolder((folder) => {
    makeLayout(folder);
    for (const line of SILENT) assert.is(assertDone(quiet(folder, line)), "", line);
    assert.is(assertDone(chImage(folder, "list")), "");
  }));

testIf(HAS_REGISTRY, NO_REGISTRY)(
  "ch-image --quiet does not tell what it has fetched and sent",
  () =>
    withFolder(async (folder) => {
      makeLayout(folder);
      const host = await startRegistry({ login: "password" });
      const env = ["CH_IMAGE_USERNAME=test", "CH_IMAGE_PASSWORD=testpw"];
      const storage = [`CH_IMAGE_STORAGE=${folder}/storage`, `HOME=${folder}`];
      for (const line of SILENT_WITH_REGISTRY) {
        const words = line.replaceAll("DIR", folder).replaceAll("HOST", host).split(" ");
        const script = 'echo testpw | env "$@"';
        const command = [...env, ...storage, installed("ch-image"), "-q", ...words];
        assert.is(assertDone(runAny("sh", ["-c", script, "sh", ...command])), "", line);
      }
    }),
);

test("ch-image --quiet prints what was asked for", () =>
  withFolder((folder) => {
    makeLayout(folder);
    assertDone(chImage(folder, "import", join(folder, "layout"), "mine"));
    for (const line of ASKED) assert.is.not(assertDone(quiet(folder, line)), "", line);
  }));

test("ch-convert --quiet prints what --dry-run would do, and nothing of what is done", () =>
  withFolder((folder) => {
    makeLayout(folder);
    const words = ["--quiet", join(folder, "layout"), join(folder, "out.tar")];
    const dry = assertDone(runAny(installed("ch-convert"), ["--dry-run", ...words]));
    assert.match(dry, /^input: .*\noutput: /);
    assert.is(assertDone(runAny(installed("ch-convert"), words)), "");
    const stored = [`--storage=${folder}/storage`, "-q", join(folder, "layout"), "mine"];
    assert.is(assertDone(runAny(installed("ch-convert"), stored)), "");
  }));

test("the other front ends are silent, too", () =>
  withFolder((folder) => {
    makeLayout(folder);
    const archive = join(folder, "image.tar");
    assertDone(runAny(installed("ch-convert"), ["-q", join(folder, "layout"), archive]));
    assert.is(assertDone(runAny(installed("ch-tar2dir"), ["-q", archive, folder])), "");
  }));

test("errors and exit statuses are what they are without --quiet; warnings are left out", () =>
  withFolder((folder) => {
    makeLayout(folder);
    assertDone(quiet(folder, "import DIR/layout mine"));
    const none = 'there is no image "none:latest" in storage';
    assertRefused(quiet(folder, "inspect none"), 1, none);
    assertRefused(quiet(folder, "list --wrong"), 2, /--wrong/);
    assert.equal(messages(quiet(folder, "gestalt logging").stderr), ["hint: a hint"]);
    rmSync(join(folder, "storage/layers"), { recursive: true });
    const { status, stdout, stderr } = quiet(folder, "check");
    assert.match(stdout, /^mine:latest: unpacked layer ".*" is missing$/m);
    assert.equal([status, messages(stderr)[0]], [1, "error: of 1 images 1 are damaged"]);
  }));

test.run();
