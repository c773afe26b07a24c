/** How long a server that launches share lives: as long as one of them, and as it is told. */
import { writeFileSync } from "node:fs";
import * as assert from "uvu/assert";
import { chRun, launch, launchAny, shell } from "../helpers/ch-run.ts";
import { eventually } from "../helpers/eventually.ts";
import { withFolder } from "../helpers/folder.ts";
import { isRunning } from "../helpers/processes.ts";
import { installed } from "../helpers/program.ts";
import { rounds } from "../helpers/random.ts";
import { hold, release, runAndTell, servers } from "../helpers/share.ts";
import { testMounted, withServedImage } from "../helpers/squash-server.ts";
import { runConditional } from "../helpers/test-if.ts";

testMounted("a server that was joined outlives its first launch, and ends with the last", () =>
  withServedImage(async (image) => {
    const first = await hold(image);
    const second = await hold(image, { options: ["-v"] });
    assert.is(second.server, first.server);
    await release(first);
    assert.is(runAndTell(image).joined, first.server);
    await release(second);
    await eventually("the server ends", () => !isRunning(first.server));
  }),
);

testMounted("a daemon that its launch has left behind is joined, and keeps its files", () =>
  withServedImage(async (image) => {
    const daemon = "echo $$; while [ ! -e /tmp/done ]; do sleep 0.01; done; cat /etc/os-release";
    await withFolder(async (folder) => {
      const settings = { env: { TMPDIR: folder } };
      const words = [image, "--", "sh", "-c", `(${daemon}) <&- &`];
      const { child, output, ended } = launch(words, settings);
      await eventually("the command ends", () => child.exitCode === 0 && output() !== "");
      const [server = 0] = servers(image);
      assert.is(runAndTell(image).joined, server);
      writeFileSync(`${folder}/done`, "");
      assert.match((await ended).stdout, "VARIANT_ID=charliecloud");
    });
  }),
);

testMounted("--fuse-linger keeps the server for the next launch, and then it ends", () =>
  withServedImage(async (image) => {
    chRun(["--fuse-linger=2", image, "--", "true"]);
    const [server = 0] = servers(image);
    assert.is(runAndTell(image).joined, server);
    assert.is(runAndTell(image).joined, server);
    await eventually("the server ends", () => servers(image).length === 0);
    assert.is(runAndTell(image).joined, 0);
  }),
);

testMounted("who joins may ask the server to linger", () =>
  withServedImage(async (image) => {
    const first = await hold(image);
    assert.is(runAndTell(image, "--fuse-linger=2").joined, first.server);
    await release(first);
    assert.is(runAndTell(image).joined, first.server);
    await eventually("the server ends", () => servers(image).length === 0);
  }),
);

testMounted("-vv tells each launch of its unmounting, and its pipe ends before the others do", () =>
  withServedImage(async (image) => {
    const script = '"$0" -vv "$1" -- true 2>&1 | cat';
    const first = await hold(image);
    assert.match(shell(script, [image]).stdout, /joined the server.*\n.*unmounting: [^\n]*\n$/s);
    await release(first);
    await eventually("the server ends", () => servers(image).length === 0);
    const leader = launch(["-vv", image, "--", "sleep", "0.3"]);
    await eventually("it runs", () => leader.output().includes("exec:"));
    const second = await hold(image, { options: ["-v"] });
    assert.match((await leader.ended).stderr, /exec:.*\n.*: unmounting: [^\n]*\n$/s);
    assert.ok(isRunning(second.server));
    await release(second);
  }),
);

testMounted("a launch works while the server that it finds is about to end", () =>
  withServedImage(async (image) => {
    // Each begins in the moment in which another ends: it joins, or is refused and is the first.
    const times = 10 * rounds;
    const script = 'for i in $(seq "$1"); do "$2" "$3" -- cat /etc/os-release || exit; done';
    const words = ["-c", script, "sh", String(times), installed("ch-run"), image];
    const chains = Array.from({ length: 3 }, () => launchAny("sh", words).ended);
    for (const { status, stdout, stderr } of await Promise.all(chains)) {
      assert.equal([status, stderr], [0, ""]);
      assert.is(stdout.match(/VARIANT_ID=charliecloud/g)?.length, times);
    }
  }),
);

runConditional();
