/** Writing: --write changes a directory image, --write-fake changes nothing that stays. */

import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { chRun } from "../helpers/ch-run.ts";
import { withFolder } from "../helpers/folder.ts";
import { test } from "../helpers/kernel.ts";
import { must } from "../helpers/program.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import {
  directoryImage,
  images,
  makeRoot,
  makeSquashImage,
  squashImage,
  squashWay,
} from "../helpers/root-image.ts";
import { testIf } from "../helpers/test-if.ts";
import { snapshot } from "../helpers/tree.ts";

const testSquash = testIf(squashWay !== "impossible", "no SquashFS images here");

test("ch-run --write changes a directory image", () =>
  withFolder((folder) => {
    const image = makeRoot(join(folder, "image"));
    const script = "echo new >/srv/new; rm /etc/nsswitch.conf; mkdir -m 700 /opt/dir";
    assertDone(chRun(["--write", image, "--", "sh", "-c", script]));
    assert.is(readFileSync(join(image, "srv/new"), "utf8"), "new\n");
    assert.not(existsSync(join(image, "etc/nsswitch.conf")));
    assert.is(statSync(join(image, "opt/dir")).mode & 0o777, 0o700);
  }));

test("without --write, and with --write, /etc/passwd of the image stays as it was", () =>
  withFolder((folder) => {
    const image = makeRoot(join(folder, "image"));
    const before = readFileSync(join(image, "etc/passwd"), "utf8");
    assertDone(chRun(["--write", image, "--", "sh", "-c", "echo x >>/etc/passwd"]));
    assert.is(readFileSync(join(image, "etc/passwd"), "utf8"), before);
  }));

testSquash("ch-run --write is refused for a SquashFS image, with a hint", () => {
  const image = squashImage();
  const outcome = chRun(["--write", image, "--", "true"]);
  const error = `cannot run image "${image}" with --write: a SquashFS image is always read-only`;
  assertRefused(outcome, 31, error);
  assert.match(outcome.stderr, /hint: use --write-fake\n$/);
});

/** Each changes what is in every image. */
const CHANGES: readonly string[] = [
  "echo x >/new",
  "echo x >>/etc/os-release",
  "echo x >/etc/os-release",
  "rm /etc/os-release",
  "mv /etc/os-release /etc/elsewhere",
  "mv /opt /elsewhere",
  "rm -r /var && mkdir /var && touch /var/new && rm -r /var",
  "rmdir /srv && ln -s /etc /srv",
  "rm /etc/os-release && mkdir /etc/os-release",
  "chmod 700 /etc && chmod 4755 /etc/os-release",
  "ln /etc/os-release /etc/hard",
  "mkdir -p /usr/bin/a/b/c && touch /usr/bin/a/b/c/d",
  "touch -d @1 /etc/os-release",
];

for (const [kind, image] of images()) {
  for (const change of CHANGES) {
    test(`ch-run --write-fake lets a command in a ${kind} do: ${change}`, () => {
      assertDone(chRun(["--write-fake", image, "--", "sh", "-e", "-c", change]));
    });
  }

  test(`ch-run --write-fake leaves nothing of what was done to a ${kind}`, () => {
    const before = snapshot(image.replace(/\.sqfs$/, ""));
    const script = "echo x >/new; rm -r /etc/os-release /srv; ls -d /new";
    assert.is(assertDone(chRun(["-W", image, "--", "sh", "-c", script])), "/new\n");
    const { stdout } = chRun(["-W", image, "--", "sh", "-c", "ls -d /new; ls -d /srv"]);
    assert.is(stdout, "/srv\n");
    assert.equal(snapshot(image.replace(/\.sqfs$/, "")), before);
  });

  for (const size of ["2m", "2048k", "2097152"]) {
    test(`ch-run --write-fake=${size} in a ${kind} is full after that`, () => {
      const fill = "dd if=/dev/zero of=/big bs=1024 count=4096; stat -c %s /big";
      const outcome = chRun([`--write-fake=${size}`, image, "--", "sh", "-c", fill]);
      assert.match(outcome.stderr, /No space left on device/);
      const written = Number(outcome.stdout);
      assert.ok(written > 1 << 20 && written <= 2 << 20, outcome.stdout);
    });
  }

  test(`ch-run --write-fake of a ${kind} holds 12 % of the memory, unless another is said`, () => {
    const memory = Number(/^MemTotal: +(\d+)/.exec(readFileSync("/proc/meminfo", "utf8"))?.[1]);
    for (const [option, share] of [
      ["-W", 0.12],
      ["-W5%", 0.05],
    ] as const) {
      const blocks = chRun([option, image, "--", "stat", "-f", "-c", "%b %S", "/"]);
      const [count = 0, size = 0] = assertDone(blocks).split(" ").map(Number);
      const held = (count * size) / 1024 / memory;
      assert.ok(Math.abs(held - share) < 0.01, `${option}: ${held}`);
    }
  });

  test(`ch-run --write-fake may be said as a share of memory, in a ${kind}`, () => {
    for (const option of ["-W", "-W5%", "--write-fake=1G"]) {
      assertDone(chRun([option, image, "--", "touch", "/new"]));
    }
  });
}

test("ch-run --write-fake with too little memory to begin with says so", () => {
  const outcome = chRun(["--write-fake=4k", directoryImage(), "--", "true"]);
  assertRefused(outcome, 31, /: No space left on device: the memory for writes is full$/);
  assert.match(outcome.stderr, "a larger size than --write-fake=4k");
});

testSquash("what is in a SquashFS image belongs to the user, whoever packed it", () =>
  withFolder((folder) => {
    const tree = makeRoot(join(folder, "tree"));
    for (const owner of [[], ["-all-root"], ["-force-uid", "12345", "-force-gid", "54321"]]) {
      const image = makeSquashImage(tree, join(folder, "image.sqfs"), ...owner);
      const script = "stat -c %u:%g / /etc /etc/os-release | sort -u; echo x >>/etc/os-release";
      const outcome = chRun(["-q", "-W", "-u1", "-g2", image, "--", "sh", "-ec", script]);
      assert.is(assertDone(outcome), "1:2\n");
    }
  }),
);

testSquash("a SquashFS image shows its files as they were packed", () =>
  withFolder((folder) => {
    const tree = makeRoot(join(folder, "tree"));
    mkdirSync(join(tree, "odd"));
    must(
      "sh",
      "-c",
      'cd "$0" && mkfifo fifo && ln -s no/where link && : >empty',
      join(tree, "odd"),
    );
    must(
      "sh",
      "-c",
      'cd "$0" && cp -p ../bin/sh big && ln big hard && chmod 511 big',
      join(tree, "odd"),
    );
    const image = makeSquashImage(tree, join(folder, "image.sqfs"));
    const list = 'cd "$0" && find . ! -type d -exec stat -c "%n %A %h %s %Y" {} + | sort';
    const inside = chRun(["-q", "--no-passwd", image, "--", "sh", "-c", list, "/odd"]);
    assert.is(assertDone(inside), must("sh", "-c", list, join(tree, "odd")));
    assert.equal(readdirSync(join(tree, "odd")).length, 5);
  }),
);

test.run();
