/** One server for all launches of an image: who joins it gets what a server of its own would give. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as assert from "uvu/assert";
import { chRun } from "../helpers/ch-run.ts";
import { eventually } from "../helpers/eventually.ts";
import { withFolder } from "../helpers/folder.ts";
import { isRunning } from "../helpers/processes.ts";
import { rounds } from "../helpers/random.ts";
import { assertDone } from "../helpers/refusal.ts";
import { isInstalled, squashWay } from "../helpers/root-image.ts";
import { hold, joinedServer, release, runAndTell, servers } from "../helpers/share.ts";
import { descriptorsOf, testMounted, withServedImage } from "../helpers/squash-server.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";

testMounted("a later launch of an image joins the server of the first", () =>
  withServedImage(async (image) => {
    const first = await hold(image);
    for (let round = 0; round < rounds; round++) {
      assert.is(runAndTell(image).joined, first.server);
    }
    assert.equal(servers(image), [first.server]);
    await release(first);
  }),
);

/** The device number that the mounted image has in a launch of its own. */
function deviceOf(image: string, ...options: readonly string[]): string {
  const outcome = chRun([...options, image, "--", "cat", "/proc/self/mountinfo"]);
  const mount = /^\d+ \d+ (\d+:\d+) \S+ \/ .* - fuse\.squashfuse_ll /m.exec(assertDone(outcome));
  assert.ok(mount?.[1], outcome.stdout);
  return mount?.[1] ?? "";
}

testMounted("launches of an image are one file system, cached once by the kernel", () =>
  withServedImage(async (image) => {
    const first = await hold(image);
    const device = deviceOf(image);
    for (let round = 0; round < rounds; round++) assert.is(deviceOf(image), device);
    assert.is.not(deviceOf(image, "--no-fuse-share"), device);
    await release(first);
  }),
);

/** Options that make different containers of the same mount. */
const CONTAINERS: readonly (readonly string[])[] = [
  ["--no-passwd"],
  ["--write-fake"],
  ["--private-tmp"],
  ["--uid=0", "--gid=0"],
  ["--uid=1234", "--gid=5678"],
  ["--home", "--set-env=HOME=/x"],
];

for (const options of CONTAINERS) {
  testMounted(`launches with ${options.join(" ")} and without share a server`, () =>
    withServedImage(async (image) => {
      const settings = { env: { HOME: dirname(image), USER: "me" } };
      const first = await hold(image);
      const outcome = chRun(["-v", ...options, image, "--", "cat", "/etc/os-release"], settings);
      assert.match(assertDone({ ...outcome, stderr: "" }), "VARIANT_ID=charliecloud");
      assert.is(joinedServer(outcome.stderr), first.server, outcome.stderr);
      await release(first);
    }),
  );

  testMounted(`a launch with ${options.join(" ")} that came first is joined`, () =>
    withServedImage(async (image) => {
      const first = await hold(image, {
        options: options.includes("--home") ? ["--no-passwd"] : options,
      });
      assert.is(runAndTell(image).joined, first.server);
      assert.is(runAndTell(image).joined, first.server);
      await release(first);
    }),
  );
}

testMounted("who joins finds the host where it was: relative paths, its directory, its root", () =>
  withServedImage((image) =>
    withFolder(async (folder) => {
      mkdirSync(`${folder}/here`);
      writeFileSync(`${folder}/here/file`, "relative\n");
      const first = await hold(image);
      const args = ["-v", "--bind=here:/mnt", "--bind=/:/srv", image, "--"];
      const list = ["sh", "-c", 'cat /mnt/file "/srv$0"', `${folder}/here/file`];
      const outcome = chRun([...args, ...list], { cwd: folder });
      assert.is(outcome.stdout, "relative\nrelative\n", outcome.stderr);
      assert.is(joinedServer(outcome.stderr), first.server);
      await release(first);
    }),
  ),
);

testMounted("who joins may name a mount point, and shows the same mounts", () =>
  withServedImage((image) =>
    withFolder(async (folder) => {
      const list = [image, "--", "sed", "s/^[^/]*//;s/ [0-9]* - / /", "/proc/self/mountinfo"];
      const alone = assertDone(chRun(["--no-fuse-share", ...list]));
      const first = await hold(image);
      assert.is(assertDone(chRun(list)), alone);
      assert.is(assertDone(chRun([`--mount=${folder}`, ...list])), alone);
      await release(first);
    }),
  ),
);

testMounted("--no-fuse-share gives a launch a server of its own, whoever else is there", () =>
  withServedImage(async (image) => {
    const first = await hold(image);
    const own = await hold(image, { options: ["-v", "--no-fuse-share"] });
    assert.is.not(own.server, first.server);
    assert.is(runAndTell(image).joined, first.server);
    await release(first);
    await eventually("its server ends", () => !isRunning(first.server));
    assert.is(runAndTell(image).joined, 0);
    await release(own);
  }),
);

/** The CPUs of a process, as sets of all its threads. */
function cpusOf(pid: number): Set<string> {
  const folder = `/proc/${pid}/task`;
  const texts = readdirSync(folder).map((id) => readFileSync(join(folder, id, "status"), "utf8"));
  return new Set(texts.map((text) => /^Cpus_allowed_list:\s*(.*)$/m.exec(text)?.[1] ?? ""));
}

const [ourCpus = ""] = cpusOf(process.pid);
const firstCpu = /^\d+/.exec(ourCpus)?.[0] ?? "";
const canBind = squashWay === "mounted" && isInstalled("taskset") && ourCpus !== firstCpu;

testIf(canBind, "no two CPUs, no taskset, or SquashFS is not mounted here")(
  "the server may use the CPUs of all launches, and not only of the first",
  () =>
    withServedImage(async (image) => {
      const first = await hold(image, { words: ["taskset", "-c", firstCpu] });
      assert.equal(cpusOf(first.server), new Set([firstCpu]));
      assert.is(runAndTell(image).joined, first.server);
      assert.equal(cpusOf(first.server), new Set([ourCpus]));
      await release(first);
    }),
);

testMounted("the server keeps nothing of launches that are over", () =>
  withServedImage(async (image) => {
    const first = await hold(image);
    const before = descriptorsOf(first.server).size;
    for (let round = 0; round < 4 * rounds; round++) runAndTell(image);
    await eventually("all are closed", () => descriptorsOf(first.server).size === before);
    await release(first);
  }),
);

runConditional();
