/** ch-run --record: which files of an image are read, in the order of their first use. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { chRun, launch } from "../helpers/ch-run.ts";
import { ENGINES, testWithEngine } from "../helpers/engines.ts";
import { withFolder } from "../helpers/folder.ts";
import { installed, must } from "../helpers/program.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { directoryImage, makeRoot, makeSquashImage, squashWay } from "../helpers/root-image.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";
import { runWords, testUnpackingHidden, unpacking } from "../helpers/without-fuse.ts";

const testMounted = testIf(squashWay === "mounted", "SquashFS images are not mounted here");

const NAMES = ["z", "a b", "caf\xe9", "new\nline", "unread"];

interface Place {
  readonly folder: string;
  readonly image: string;
  readonly profile: string;
}

/** A test with an image that has files of these names in /data, one of them twice. */
function withImage(test: (place: Place) => unknown): Promise<void> {
  return withFolder(async (folder) => {
    const tree = makeRoot(join(folder, "tree"));
    must("mkdir", join(tree, "data"));
    for (const name of NAMES) {
      writeFileSync(Buffer.from(join(tree, "data", name), "latin1"), `${name}\n`.repeat(50));
    }
    must("ln", join(tree, "data/z"), join(tree, "data/zz"));
    const image = makeSquashImage(tree, join(folder, "image.sqfs"));
    await test({ folder, image, profile: join(folder, "profile") });
  });
}

function recorded(profile: string, below = "/data/"): string[] {
  const lines = readFileSync(profile, "latin1").split("\n");
  assert.is(lines.pop(), "");
  return lines.filter((line) => line.startsWith(below));
}

const READ = "ls -lR /data; cat /data/z /data/a*b /data/caf* /data/new* /data/z; cat /data/zz";

for (const engine of ENGINES) {
  const testEngine = testWithEngine(engine);

  testEngine(`ch-run --record writes what is read, once and in order, by ${engine}`, () =>
    withImage(({ image, profile }) => {
      const options = [`--squashfs-engine=${engine}`, `--record=${profile}`];
      assertDone(chRun([...options, image, "--", "sh", "-c", `${READ} >/dev/null`]));
      assert.equal(recorded(profile), ["/data/z", "/data/a b", "/data/caf\xe9"]);
      const all = recorded(profile, "/");
      assert.is(new Set(all).size, all.length);
      // The shell was read before what it was told to read.
      assert.match(all[0] ?? "", /^\/(?:usr\/)?bin\//);
    }),
  );
}

testMounted("ch-run --record replaces what was recorded before, where it is started", () =>
  withImage(({ folder, image }) => {
    writeFileSync(join(folder, "profile"), "/old\n");
    const args = ["--record=profile", image, "--", "cat", "/data/unread"];
    assertDone(chRun(args, { cwd: folder }));
    assert.equal(recorded(join(folder, "profile")), ["/data/unread"]);
    assert.equal(recorded(join(folder, "profile"), "/old"), []);
  }),
);

testMounted("ch-run --record leaves the file alone if the image cannot be run", () =>
  withImage(({ image, profile }) => {
    writeFileSync(profile, "/old\n");
    assert.is(chRun([`--record=${profile}`, "--mount=/none", image, "--", "true"]).status, 31);
    assert.is(readFileSync(profile, "utf8"), "/old\n");
  }),
);

testMounted("ch-run --record has written all when the command is killed", () =>
  withImage(async ({ image, profile }) => {
    const script = "cat /data/z >/dev/null; echo read; sleep 100";
    const { child, output, ended } = launch([
      `--record=${profile}`,
      image,
      "--",
      "sh",
      "-c",
      script,
    ]);
    while (!output().includes("read")) await new Promise((resolve) => setTimeout(resolve, 5));
    process.kill(-(child.pid ?? 0), "SIGKILL");
    await ended;
    assert.equal(recorded(profile), ["/data/z"]);
  }),
);

testMounted("ch-run --record does not hand its file to the command", () =>
  withImage(({ image, profile }) => {
    const list = ["sh", "-c", "ls -l /proc/self/fd 2>/dev/null || true"];
    const { status, stdout } = chRun([`--record=${profile}`, image, "--", ...list]);
    assert.is(status, 0);
    assert.match(stdout, " -> ");
    assert.not.match(stdout, "profile");
  }),
);

testMounted("what ch-run --record writes is what ch-convert --profile wants", () =>
  withImage(({ folder, image, profile }) => {
    assertDone(chRun([`--record=${profile}`, image, "--", "cat", "/data/z"]));
    const fast = join(folder, "fast.sqfs");
    const words = [installed("ch-convert"), "-v", `--profile=${profile}`, image, fast];
    const { status, stderr } = runWords(words);
    assert.is(status, 0, stderr);
    assert.match(stderr, /files stored uncompressed/);
    assert.not.match(stderr, /not a file of the image/);
    assert.is(assertDone(chRun([fast, "--", "cat", "/data/z"])), "z\n".repeat(50));
  }),
);

testMounted("ch-run --record refuses a directory, and a file that cannot be written", () =>
  withImage(({ image }) => {
    const directory = directoryImage();
    assertRefused(
      chRun(["--record=/dev/null", directory, "--", "true"]),
      31,
      `option "--record" is for SquashFS images, and "${directory}" is a directory`,
    );
    assertRefused(
      chRun(["--record=/none/profile", image, "--", "true"]),
      31,
      'cannot write "/none/profile": No such file or directory',
    );
  }),
);

testUnpackingHidden("ch-run --record refuses to run what is unpacked", () =>
  withImage(({ image, profile }) => {
    const outcome = runWords(unpacking([`--record=${profile}`, image, "--", "true"]));
    assertRefused(outcome, 31, /^error: cannot record what is read of image ".*": /);
    assert.not(existsSync(profile));
  }),
);

runConditional();
