/** --join: peers are in one container, and all else is their own. */
import { mkdirSync, writeFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { chRun, launch, runLimited } from "../helpers/ch-run.ts";
import { eventually } from "../helpers/eventually.ts";
import { withFolder } from "../helpers/folder.ts";
import {
  holdPeer,
  keepers,
  leftovers,
  newTag,
  releasePeer,
  runPeer,
  startPeer,
  testEachImage,
  untilNothing,
  WHERE,
} from "../helpers/join.ts";
import { helper } from "../helpers/native-helper.ts";
import { installed } from "../helpers/program.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { directoryImage } from "../helpers/root-image.ts";

testEachImage("a peer is in the namespaces of the first", async (image) => {
  const [tag, before] = [newTag(), leftovers()];
  const first = await holdPeer(image, tag);
  const where = assertDone(runPeer(image, tag, WHERE));
  assert.is(assertDone(runPeer(image, tag, WHERE)), where);
  assert.is.not(assertDone(runPeer(image, newTag(), WHERE)), where);
  assert.is.not(assertDone(chRun([image, "--", "sh", "-c", WHERE])), where);
  assert.is(keepers(tag).length, 1);
  await releasePeer(first);
  await untilNothing(tag, before);
});

testEachImage("64 peers that start at once are in one container", async (image) => {
  const [tag, before] = [newTag(), leftovers()];
  const script = `${WHERE}; sleep 0.2`;
  const all = Array.from({ length: 64 }, () => {
    return launch([`--join-tag=${tag}`, "--join-ct=64", image, "--", "sh", "-c", script]);
  });
  const outcomes = await Promise.all(all.map(({ ended }) => ended));
  assert.is(new Set(outcomes.map(assertDone)).size, 1);
  await untilNothing(tag, before);
});

testEachImage(
  "a peer has its own environment, directory, status and standard input",
  async (image) => {
    const tag = newTag();
    const first = await holdPeer(image, tag, ["--set-env=A=first", "--cd=/usr"]);
    const words = [`--join-tag=${tag}`, "--set-env=A=$B:x", "--cd=/etc", image, "--"];
    const script = 'read line; echo "$line $A"; pwd; exit 7';
    const settings = { input: "hello\n", env: { B: "own" } };
    const { status, stdout, stderr } = chRun([...words, "sh", "-c", script], settings);
    assert.equal([status, stdout, stderr], [7, "hello own:x\n/etc\n", ""]);
    const { stdout: home } = runPeer(image, tag, 'pwd; echo "A=$A"');
    assert.is(home, "/\nA=\n");
    await releasePeer(first);
  },
);

testEachImage(
  "what one peer writes the others read, and a later container does not",
  async (image) => {
    const tag = newTag();
    const way = ["--write-fake", "--private-tmp"];
    const first = await holdPeer(image, tag, way);
    assertDone(runPeer(image, tag, "echo x >/new; echo y >/tmp/new", ...way));
    assert.is(assertDone(runPeer(image, tag, "cat /new /tmp/new", ...way)), "x\ny\n");
    await releasePeer(first);
    await eventually("the container is gone", () => keepers(tag).length === 0);
    assert.is(assertDone(runPeer(image, tag, "ls /new /tmp/new 2>&1 | wc -l", ...way)).trim(), "2");
  },
);

const DIFFERENT: readonly (readonly [readonly string[], string])[] = [
  [["--uid=0"], "it was made with --uid=.*, and this launch has --uid=0$"],
  [["--gid=0"], "it was made with --gid=.*, and this launch has --gid=0$"],
  [["--write-fake"], "made with no such option, and this launch has --write-fake=12%$"],
  [["--bind=/usr:/mnt:ro"], "made with no such option, and this launch has --bind=/usr:/mnt:ro$"],
  [["--private-tmp"], "and this launch has --private-tmp$"],
  [["--no-passwd"], "and this launch has --no-passwd$"],
  [["--join-ct=3"], "made with --join-ct=0, and this launch has --join-ct=3$"],
];

testEachImage("a peer that wants another container is refused, and told why", async (image) => {
  const tag = newTag();
  const first = await holdPeer(image, tag, ["--uid=1234", "--gid=1234"]);
  for (const [options, error] of DIFFERENT) {
    const own = ["--uid=1234", "--gid=1234", ...options];
    const text = `error: cannot join the container of image "${image}": .*${error}`;
    assertRefused(runPeer(image, tag, "echo no", ...own), 31, new RegExp(text));
  }
  await releasePeer(first);
});

testEachImage("with --join-ct no command starts before all peers are there", async (image) => {
  const tag = newTag();
  const start = () =>
    launch(["-v", `--join-tag=${tag}`, "--join-ct=3", image, "--", "echo", "started"]);
  const early = [start(), start()];
  for (const { output } of early) {
    await eventually("it waits", () => output().includes("waiting until 3 peers"));
  }
  assert.not.match(early.map(({ output }) => output()).join(), "started");
  for (const { ended } of [...early, start()]) assert.is((await ended).stdout, "started\n");
});

testEachImage("neither a peer nor its parent ever waits for the keeper", (image) => {
  const words = [`--join-tag=${newTag()}`, image, "--", "true"];
  const { stdout } = runLimited(helper("wait-all"), [installed("ch-run"), ...words], {});
  assert.is(stdout, "1 children, 1 signals\n");
});

test("another image with the same tag is another container", async () => {
  await withFolder(async (folder) => {
    const tag = newTag();
    const first = await holdPeer(directoryImage(), tag);
    assert.is.not(
      assertDone(runPeer("/", tag, WHERE)),
      assertDone(runPeer(directoryImage(), tag, WHERE)),
    );
    mkdirSync(`${folder}/x`);
    await releasePeer(first);
  });
});

test("-v tells who made the container and who joined it", async () => {
  const tag = newTag();
  const first = startPeer(directoryImage(), tag, "echo go; exec sleep 60");
  await eventually("it runs", () => first.output().includes("go\n"));
  assert.match(first.output(), ": made a container for peers to join\n");
  const { stderr } = runPeer(directoryImage(), tag, "true", "-v");
  assert.match(stderr, `: joined the container that pid ${keepers(tag)[0]} keeps\n`);
  await releasePeer(first);
});

testEachImage("--join-pid enters the container of a process", async (image) => {
  const first = launch(["--set-env=A=b", image, "--", "sh", "-c", `${WHERE}; exec sleep 60`]);
  await eventually("it runs", () => first.output().split("\n").length === 3);
  const pid = `--join-pid=${first.child.pid}`;
  const words = [pid, "/no/image", "--", "sh", "-c", `${WHERE}; echo $A; pwd`];
  assert.is(assertDone(chRun(words)), `${first.output()}\n/\n`);
  const error = /^error: cannot join the container of process \d+: its user is .* not 7:\d+$/;
  assertRefused(chRun([pid, "--uid=7", image, "true"]), 31, error);
  await releasePeer(first);
});

test("--join-pid names what it cannot join", () => {
  const join = (pid: number) => chRun([`--join-pid=${pid}`, "/", "true"]);
  const text = "cannot join the container of process";
  assertRefused(join(2 ** 31 - 1), 31, `${text} ${2 ** 31 - 1}: there is no such process`);
  assertRefused(join(process.pid), 31, `${text} ${process.pid}: it is in no container of yours`);
});

test("peers read each other's memory; processes that are not peers do not", async () => {
  await withFolder(async (folder) => {
    writeFileSync(`${folder}/x`, "");
    const tag = newTag();
    const memory = helper("peer-memory");
    const first = launch([`--join-tag=${tag}`, "/", "--", memory, "hold"]);
    await eventually("it runs", () => first.output().endsWith("\n"));
    const words = ["/", "--", memory, "read", ...first.output().trim().split(" ")];
    assert.is(assertDone(chRun([`--join-tag=${tag}`, ...words])), "from a peer\n");
    assert.is(chRun(words).stdout, "Operation not permitted\n");
    await releasePeer(first);
  });
});

test.run();
