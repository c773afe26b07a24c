/** ch-mount and ch-umount: mounted where FUSE works, unpacked where it does not. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { mountOn } from "../../lib/host/mounts.ts";
import { withFolder } from "../helpers/folder.ts";
import { noFuse } from "../helpers/fuse.ts";
import { makeImage, makeSquash } from "../helpers/image.ts";
import { hasProgram } from "../helpers/layout.ts";
import { processesWith, untilNobody } from "../helpers/processes.ts";
import { end, installed, messages, must, run, runAny, succeed } from "../helpers/program.ts";
import { testIf } from "../helpers/test-if.ts";
import { snapshot } from "../helpers/tree.ts";

const OBSTACLE = noFuse();

interface Place {
  readonly folder: string;
  readonly sqfs: string;
  /** The directory that `sqfs` becomes. */
  readonly mounted: string;
}

/** A test with `hello.sqfs`; what it leaves mounted is unmounted. */
function withImage(test: (place: Place) => unknown): Promise<void> {
  return withFolder(async (folder) => {
    const sqfs = makeSquash(makeImage(join(folder, "image")), join(folder, "hello.sqfs"));
    const mounted = join(folder, "mnt/hello");
    try {
      await test({ folder, sqfs, mounted });
    } finally {
      if (existsSync(mounted)) run("ch-umount", [mounted]);
    }
  });
}

const testWithFuse = testIf(OBSTACLE === undefined, OBSTACLE ?? "");
const testInNamespace = testIf(
  runAny("unshare", ["-Urm", "true"]).status === 0,
  "no user namespaces here",
);

function testMount(title: string, body: (place: Place) => unknown): void {
  testWithFuse(title, () => withImage(body));
}

test("the earlier workflow works word by word", () =>
  withImage(async ({ folder, sqfs, mounted }) => {
    assert.is(succeed("ch-mount", sqfs, join(folder, "mnt")), "");
    assert.is(succeed("ch-run", mounted, "--", "echo", "hello"), "hello\n");
    assert.is(succeed("ch-umount", mounted), `unmounted and removed ${mounted}\n`);
    assert.not(existsSync(mounted));
    assert.equal(readdirSync(join(folder, "mnt")), []);
    await untilNobody(folder);
  }));

testMount(
  "ch-mount mounts, prints nothing, and serves in the background",
  ({ folder, sqfs, mounted }) => {
    const { status, stdout, stderr } = run("ch-mount", [sqfs, join(folder, "mnt")]);
    assert.equal([status, stdout, stderr], [0, "", ""]);
    assert.match(mountOn(mounted)?.type ?? "", /^fuse/);
    assert.equal(snapshot(mounted).slice(1), snapshot(join(folder, "image")).slice(1));
  },
);

testMount("in a mount of ch-mount all belongs to who mounted it", ({ folder, sqfs, mounted }) => {
  const owner = ["-force-uid", "4711", "-force-gid", "4712"];
  must("mksquashfs", join(folder, "image"), sqfs, "-noappend", "-quiet", "-no-progress", ...owner);
  succeed("ch-mount", sqfs, join(folder, "mnt"));
  const { uid, gid } = statSync(join(mounted, "bin/busybox"));
  assert.equal([uid, gid], [process.getuid?.(), process.getgid?.()]);
});

testMount("ch-mount refuses a mount point in use", ({ folder, sqfs, mounted }) => {
  succeed("ch-mount", sqfs, join(folder, "mnt"));
  const { status, stderr } = run("ch-mount", [sqfs, join(folder, "mnt")]);
  assert.is(status, 1);
  assert.equal(messages(stderr), [
    `error: cannot mount on "${mounted}": something is mounted there already`,
    `hint: ch-umount "${mounted}" ends a mount of ch-mount`,
  ]);
  assert.is(succeed("ch-run", mounted, "--", "echo", "still"), "still\n");
});

testMount("ch-umount refuses a mount in use, which goes on", async ({ folder, sqfs, mounted }) => {
  succeed("ch-mount", sqfs, join(folder, "mnt"));
  const user = spawn("sleep", ["100"], { cwd: mounted });
  try {
    const { status, stderr } = run("ch-umount", [mounted]);
    assert.is(status, 1);
    assert.equal(messages(stderr), [
      `error: cannot unmount "${mounted}": it is in use by sleep (pid ${user.pid}: working directory)`,
      "hint: end that process first",
    ]);
    assert.ok(mountOn(mounted));
  } finally {
    const ended = end(user);
    user.kill("SIGKILL");
    await ended;
  }
});

testMount("ch-umount leaves containers that run in the image alone", async (place) => {
  const { folder, sqfs, mounted } = place;
  succeed("ch-mount", sqfs, join(folder, "mnt"));
  const script = "read line; cat /etc/os-release";
  const child = spawn(installed("ch-run"), [mounted, "--", "sh", "-c", script]);
  while (!processesWith(script).some(({ line }) => line.startsWith("sh"))) await sleep(10);
  succeed("ch-umount", mounted);
  child.stdin.end("go on\n");
  let said = "";
  for await (const chunk of child.stdout) said += chunk;
  assert.is(said, "ID=test\nNAME=test\n");
});

testMount(
  "ch-umount removes a mount whose server was killed",
  async ({ folder, sqfs, mounted }) => {
    succeed("ch-mount", sqfs, join(folder, "mnt"));
    for (const { pid } of processesWith(mounted)) process.kill(pid, "SIGKILL");
    await untilNobody(folder);
    succeed("ch-umount", mounted);
    assert.equal(readdirSync(join(folder, "mnt")), []);
  },
);

testMount("the server unmounts its image when it is told to end", async (place) => {
  const { folder, sqfs, mounted } = place;
  succeed("ch-mount", sqfs, join(folder, "mnt"));
  for (const { pid } of processesWith(mounted)) process.kill(pid, "SIGTERM");
  await untilNobody(folder);
  assert.is(mountOn(mounted), undefined);
  assert.equal(readdirSync(mounted), []);
});

testMount("ch-mount outlives the terminal and the folder it was started in", async (place) => {
  const { folder, sqfs, mounted } = place;
  mkdirSync(join(folder, "cwd"));
  const args = [
    "setsid",
    "sh",
    "-c",
    `cd ${folder}/cwd; ${installed("ch-mount")} ${sqfs} ${folder}/mnt`,
  ];
  must("timeout", "20", ...args);
  must("rmdir", join(folder, "cwd"));
  assert.is(succeed("ch-run", mounted, "--", "echo", "hello"), "hello\n");
});

testInNamespace("ch-mount without /dev/fuse unpacks and says so; ch-umount deletes", () =>
  withImage(({ folder, sqfs, mounted }) => {
    // A device that cannot be opened stands in for one that is not there. Root can open it.
    const script = 'mount --bind /proc/version /dev/fuse && exec "$0" "$1" "$2"';
    const command = ["-Urm", "sh", "-c", script, installed("ch-mount"), sqfs, join(folder, "mnt")];
    const { status, stdout, stderr } = runAny("unshare", command);
    assert.is(status, 0, stderr);
    assert.is(stdout, "");
    assert.match(stderr, /^ch-mount\[\d+\]: (no FUSE here|.*mounted) \(.*\): unpacked to .*\n$/);
    assert.match(stderr, `unpacked to ${mounted} instead`);
    assert.is(mountOn(mounted), undefined);
    assert.is(succeed("ch-run", mounted, "--", "echo", "hello"), "hello\n");
    assert.is(succeed("ch-umount", mounted), `unmounted and removed ${mounted}\n`);
    assert.equal(readdirSync(join(folder, "mnt")), []);
  }),
);

const canBeRefused = OBSTACLE === undefined && process.geteuid?.() !== 0 && hasProgram("setpriv");

testIf(canBeRefused, "root needs no fusermount3; or no FUSE or setpriv here")(
  "ch-mount unpacks where fusermount3 cannot become root",
  () =>
    withImage(({ folder, sqfs, mounted }) => {
      const command = ["--no-new-privs", installed("ch-mount"), sqfs, join(folder, "mnt")];
      const { status, stderr } = runAny("setpriv", command);
      assert.is(status, 0, stderr);
      assert.match(stderr, `no FUSE here (no_new_privs is set: fusermount3 cannot become root)`);
      assert.is(succeed("ch-umount", mounted), `unmounted and removed ${mounted}\n`);
    }),
);

test("ch-mount refuses a directory that is not empty", () =>
  withImage(({ folder, sqfs, mounted }) => {
    mkdirSync(mounted, { recursive: true });
    writeFileSync(join(mounted, "thesis"), "");
    const { status, stderr } = run("ch-mount", [sqfs, join(folder, "mnt")]);
    assert.is(status, 1);
    assert.equal(messages(stderr), [
      `error: cannot mount on "${mounted}": it exists and is not an empty directory`,
    ]);
    assert.equal(readdirSync(mounted), ["thesis"]);
    must("rm", "-r", mounted);
  }));

test("ch-mount takes an empty directory that is there", () =>
  withImage(({ folder, sqfs, mounted }) => {
    mkdirSync(mounted, { recursive: true });
    succeed("ch-mount", sqfs, join(folder, "mnt"));
    assert.is(succeed("ch-run", mounted, "--", "echo", "hello"), "hello\n");
  }));

const BAD: readonly (readonly [string, (path: string) => void, RegExp])[] = [
  ["no SquashFS image", (path) => writeFileSync(path, "text\n".repeat(100)), /bad\.sqfs/],
  ["a truncated image", (path) => truncateSync(path, statSync(path).size / 2), /bad\.sqfs/],
  ["nothing", (path) => must("rm", path), /bad\.sqfs": No such file or directory/],
];

for (const [text, spoil, expected] of BAD) {
  test(`ch-mount of ${text} fails and leaves nothing`, () =>
    withImage(({ folder, sqfs }) => {
      const bad = join(folder, "bad.sqfs");
      must("cp", sqfs, bad);
      spoil(bad);
      const { status, stderr } = run("ch-mount", [bad, join(folder, "mnt")]);
      assert.is(status, 1);
      assert.is(messages(stderr).filter((line) => line.startsWith("error: ")).length, 1);
      assert.match(stderr, expected);
      assert.not(existsSync(join(folder, "mnt")));
    }));
}

test("ch-umount of what ch-mount has not made is an error and touches nothing", () =>
  withFolder((folder) => {
    mkdirSync(join(folder, "home"));
    writeFileSync(join(folder, "home/thesis"), "");
    for (const name of ["home", "home/thesis", "none"]) {
      const { status, stderr } = run("ch-umount", [join(folder, name)]);
      assert.is(status, 1);
      assert.equal(messages(stderr), [
        `error: cannot unmount "${folder}/${name}": ch-mount has not mounted it`,
      ]);
    }
    assert.match(run("ch-umount", ["/proc"]).stderr, "ch-mount has not mounted it");
    assert.equal(readdirSync(join(folder, "home")), ["thesis"]);
  }));

test.run();
