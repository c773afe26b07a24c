/** SquashFS files as sources of binds: mounted, and shown as directories. */
import { truncateSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import * as assert from "uvu/assert";
import { chRun, launch, shell } from "../helpers/ch-run.ts";
import { makeData } from "../helpers/data-image.ts";
import { eventually } from "../helpers/eventually.ts";
import { withFolder } from "../helpers/folder.ts";
import { isRunning, untilNobody } from "../helpers/processes.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { directoryImage, images, squashImage, squashWay } from "../helpers/root-image.ts";
import { servers } from "../helpers/share.ts";
import { testMounted } from "../helpers/squash-server.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";
import { runWords, testUnpacking, unpacking } from "../helpers/without-fuse.ts";

const testSquash = testIf(squashWay !== "impossible", "no SquashFS images here");

/** A test with a file of data; in the end no process may have to do with it. */
function withData(test: (data: string, folder: string) => unknown): Promise<void> {
  return withFolder(async (folder) => {
    await test(makeData(join(folder, "data"), { "a/x": "in a\n", y: "y\n" }), folder);
    await untilNobody(join(folder, "data.sqfs"));
  });
}

for (const [kind, image] of images()) {
  testSquash(`--bind=FILE.sqfs:DST shows its files in a ${kind}, read-only`, () =>
    withData((data) => {
      const script = "cat /srv/a/x /srv/y; : >/srv/new";
      const outcome = chRun(["-q", `--bind=${data}:/srv`, image, "--", "sh", "-c", script]);
      assert.is(outcome.stdout, "in a\ny\n");
      assert.match(outcome.stderr, "/srv/new: Read-only file system");
    }),
  );

  testSquash(`--bind of a SquashFS file to what is missing in a ${kind} makes it`, () =>
    withData((data) => {
      const outcome = chRun(["-q", `--bind=${data}:/made/for`, image, "--", "ls", "/made/for"]);
      assert.is(assertDone(outcome), "a\ny\n");
    }),
  );

  testMounted(`a SquashFS file that is bound in a ${kind} is mounted nosuid and nodev`, () =>
    withData((data) => {
      const script = "grep ' /srv ' /proc/self/mountinfo";
      const outcome = chRun([`--bind=${data}:/srv`, image, "--", "sh", "-c", script]);
      assert.match(assertDone(outcome), / \/srv ro,nosuid,nodev,.* - fuse\.squashfuse_ll /);
    }),
  );

  testMounted(`launches of a ${kind} with the same SquashFS files share the servers`, () =>
    withData(async (data, folder) => {
      const other = makeData(join(folder, "other"), { z: "" });
      const words = [`--bind=${data}:/srv`, `--bind=${other}:/opt`];
      const wait = `echo go; while [ ! -e ${folder}/done ]; do sleep 0.02; done`;
      const bind = `--bind=${folder}`;
      const first = launch([...words, bind, image, "--", "sh", "-c", wait]);
      await eventually("it runs", () => first.output().includes("go\n"));
      const before = servers(data);
      const look = [image, "--", "ls", "/srv", "/opt"];
      const second = chRun(["-v", ...words, bind, ...look]);
      assert.match(second.stderr, "joined the server of pid");
      assert.is(second.stdout, "/opt:\nz\n\n/srv:\na\ny\n");
      assert.equal(servers(data), before);
      const [one = "", two = ""] = words;
      const third = chRun(["-v", two, one, bind, ...look]);
      assert.not.match(third.stderr, "joined");
      writeFileSync(join(folder, "done"), "");
      assert.is((await first.ended).status, 0);
    }),
  );
}

testSquash("several SquashFS files are bound in order, one into another", () =>
  withData((data, folder) => {
    const inner = makeData(join(folder, "inner"), { z: "z\n" });
    const binds = [`--bind=${data}:/srv`, `--bind=${inner}:/srv/a`, `--bind=${data}:/opt`];
    const outcome = chRun(["-q", ...binds, directoryImage(), "--", "ls", "/srv/a", "/opt"]);
    assert.is(assertDone(outcome), "/opt:\na\ny\n\n/srv/a:\nz\n");
  }),
);

testSquash("a SquashFS file that is bound under its own name stays a file", () =>
  withData((data, folder) => {
    const look = [directoryImage(), "--", "sh", "-c", 'head -c 4 "$0"', `/mnt/${basename(data)}`];
    const outcome = chRun([`--bind=${data}:/mnt/${basename(data)}`, ...look]);
    assert.is(assertDone(outcome), "hsqs");
    const same = [directoryImage(), "--", "head", "-c", "4", data];
    assert.is(assertDone(chRun([`--bind=${data}`, ...same])), "hsqs");
    assert.is(assertDone(chRun([`--bind=${folder}`, ...same])), "hsqs");
  }),
);

testSquash("a SquashFS file cannot be bound to a file of another name", () =>
  withData((data) => {
    const words = ["-q", `--bind=${data}:/etc/os-release`, directoryImage(), "--", "true"];
    const outcome = chRun(words);
    assertRefused(outcome, 31, /^error: cannot bind ".*": the source is a directory and the /);
    assert.match(
      outcome.stderr,
      "hint: a SquashFS image is mounted; to bind the file itself, give",
    );
  }),
);

testSquash("SquashFS files in $CH_RUN_BIND are mounted as well", () =>
  withData((data) => {
    const env = { CH_RUN_BIND: `${data}:/srv` };
    const outcome = chRun(["-q", directoryImage(), "--", "cat", "/srv/y"], { env });
    assert.is(assertDone(outcome), "y\n");
  }),
);

testSquash("a SquashFS file that was cut short is refused before anything runs", () =>
  withData((data) => {
    truncateSync(data, 300);
    const outcome = chRun([`--bind=${data}:/srv`, directoryImage(), "--", "true"]);
    assertRefused(outcome, 31, /^error: cannot use image ".*data\.sqfs": /);
  }),
);

testMounted("what is left behind keeps a bound SquashFS file, and its server ends with it", () =>
  withData(async (data, folder) => {
    const daemon = "(while [ ! -e /opt/done ]; do sleep 0.02; done; cat /srv/y >/opt/seen) <&- &";
    const binds = [`--bind=${data}:/srv`, `--bind=${folder}:/opt`];
    const script = '"$0" "$@" >/dev/null 2>&1';
    assertDone(shell(script, [...binds, squashImage(), "--", "sh", "-c", daemon]));
    const [server = 0] = servers(data);
    assert.ok(isRunning(server));
    writeFileSync(join(folder, "done"), "");
    await eventually("the server ends", () => !isRunning(server));
    assertDone(shell('test "$(cat "$1")" = y', [join(folder, "seen")]));
  }),
);

testMounted("a launch that is killed takes the servers of what it has bound with it", () =>
  withData(async (data) => {
    const words = [`--bind=${data}:/srv`, directoryImage(), "--", "sh", "-c", "echo go; sleep 60"];
    const { child, output, ended } = launch(words);
    await eventually("it runs", () => output().includes("go\n"));
    process.kill(-(child.pid ?? 0), "SIGKILL");
    await ended;
    await eventually("no server is left", () => servers(data).length === 0);
  }),
);

testUnpacking("where it cannot be mounted, a SquashFS file that is bound is unpacked once", () =>
  withData((data, folder) => {
    const settings = { env: { CH_IMAGE_STORAGE: join(folder, "storage") } };
    const script = "cat /srv/y; : >/srv/new";
    const words = unpacking([`--bind=${data}:/srv`, directoryImage(), "--", "sh", "-c", script]);
    const first = runWords(words, settings);
    assert.is(first.stdout, "y\n");
    assert.match(first.stderr, `unpacking "${data}" once into`);
    assert.match(first.stderr, "/srv/new: Read-only file system");
    const second = runWords(words, settings);
    assert.is(second.stdout, "y\n");
    assert.not.match(second.stderr, "unpacking");
  }),
);

runConditional();
