/** The root directory that a command gets: what is in it, what is not, and that it stays so. */

import { existsSync, mkdirSync } from "node:fs";
import * as assert from "uvu/assert";
import { chRun } from "../helpers/ch-run.ts";
import { test } from "../helpers/kernel.ts";
import { ownFolder } from "../helpers/own-folder.ts";
import { assertDone } from "../helpers/refusal.ts";
import { images, makeRoot } from "../helpers/root-image.ts";

interface Mount {
  readonly id: string;
  readonly parent: string;
  readonly point: string;
  readonly options: readonly string[];
}

const CONFIGURATION = ["/etc/hosts", "/etc/machine-id", "/etc/resolv.conf"];

/** The set of no capability at all (proc_pid_status(5)). */
const NONE = "0".repeat(16);

/** What a shell in the container prints. */
function inside(image: string, script: string, ...options: readonly string[]): string {
  return assertDone(chRun([...options, image, "--", "sh", "-c", script]));
}

/** The mounts that a command sees (proc_pid_mountinfo(5)). */
function mounts(image: string, ...options: readonly string[]): Mount[] {
  const lines = inside(image, "cat /proc/self/mountinfo", ...options)
    .trimEnd()
    .split("\n");
  return lines.map((line) => {
    const [id = "", parent = "", , , point = "", flags = ""] = line.split(" ");
    return { id, parent, point, options: flags.split(",") };
  });
}

for (const [kind, image] of images()) {
  test(`the root of a ${kind} holds the image and the host's /dev, /proc and /sys`, () => {
    assert.match(inside(image, "cat /etc/os-release"), "VARIANT_ID=charliecloud");
    assert.is(inside(image, "cat /proc/self/comm"), "cat\n");
    assert.is(inside(image, "echo x >/dev/null; ls -d /sys/kernel"), "/sys/kernel\n");
  });

  test(`nothing but the image and what is bound is mounted in a ${kind}`, () => {
    const found = mounts(image);
    const [root, ...others] = found.filter(({ point }) => point === "/");
    assert.equal(others, []);
    const direct = found.filter(({ parent }) => parent === root?.id).map(({ point }) => point);
    const files = CONFIGURATION.filter((path) => existsSync(path));
    const expected = ["/dev", "/proc", "/sys", "/tmp", "/etc/passwd", "/etc/group", ...files];
    assert.equal(
      direct.filter((point) => !/cray|alps|huge|munge/.test(point)).sort(),
      expected.sort(),
    );
    const twice = direct.filter((point, index) => direct.indexOf(point) !== index);
    assert.equal(twice, []);
  });

  test(`a ${kind} is read-only`, () => {
    assert.ok(
      mounts(image)
        .find(({ point }) => point === "/")
        ?.options.includes("ro"),
    );
    for (const path of ["/new", "/usr/new", "/etc/os-release"]) {
      const { status, stderr } = chRun([image, "--", "sh", "-c", `echo x >${path}`]);
      assert.is.not(status, 0);
      assert.match(stderr, /Read-only file system/, path);
    }
  });

  test(`the host's root is out of reach of a command in a ${kind}`, () => {
    const host = `${ownFolder()}/host`;
    if (!existsSync(host)) mkdirSync(host);
    assert.is(inside(image, `ls -d ${host} /../..${host} 2>/dev/null; echo`), "\n");
    assert.is(inside(image, "readlink /proc/self/root; readlink /proc/self/cwd"), "/\n/\n");
    assert.is(inside(image, "cd ..; cd ../..; pwd; ls -d usr"), "/\nusr\n");
  });

  test(`a command in a ${kind} has no power over its mounts`, () => {
    const attempts = [
      "umount /tmp",
      "umount /etc/passwd",
      "mount -o remount,rw /",
      "umount -l /proc",
    ];
    for (const attempt of attempts) {
      const { status, stderr } = chRun(["--uid=0", "--gid=0", image, "--", "sh", "-c", attempt]);
      assert.is.not(status, 0, attempt);
      assert.match(stderr, /permi|must be super|not permitted|denied/i, attempt);
    }
  });

  test(`a command in a ${kind} cannot gain privileges`, () => {
    assert.is(inside(image, "grep NoNewPrivs /proc/self/status"), "NoNewPrivs:\t1\n");
    assert.is(inside(image, "grep CapEff /proc/self/status", "--uid=1"), `CapEff:\t${NONE}\n`);
  });
}

for (const write of [[], ["--write"], ["--write-fake"]]) {
  test(`the host's configuration files cannot be written with ${write[0] ?? "no option"}`, () => {
    const image = write[0] === "--write" ? writable() : (images()[0]?.[1] ?? "");
    for (const path of CONFIGURATION.filter((file) => existsSync(file))) {
      const mount = mounts(image, ...write).find(({ point }) => point === path);
      assert.ok(mount?.options.includes("ro"), path);
      const { stderr } = chRun([...write, image, "--", "sh", "-c", `echo >>${path}`]);
      assert.match(stderr, /Read-only file system|Permission denied/, path);
    }
  });
}

function writable(): string {
  const path = `${ownFolder()}/writable`;
  return existsSync(path) ? path : makeRoot(path);
}

test.run();
