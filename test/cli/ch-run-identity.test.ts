/** Who a command is: --uid, --gid, the user's names, --home, --no-passwd and --private-tmp. */

import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { chRun, type Settings, shell } from "../helpers/ch-run.ts";
import { withFolder } from "../helpers/folder.ts";
import { test } from "../helpers/kernel.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { directoryImage, images } from "../helpers/root-image.ts";

const image = directoryImage();
const uid = process.geteuid?.() ?? 0;
const gid = process.getegid?.() ?? 0;
const IDS = "id -u; id -g";

/** The name of whoever runs this, who may be nobody that the host knows. */
function ownName(): string {
  try {
    return userInfo().username;
  } catch {
    return "user";
  }
}

/** What a shell in the container prints. */
function inside(script: string, options: readonly string[], settings: Settings = {}): string {
  return assertDone(chRun([...options, image, "--", "sh", "-c", script], settings));
}

for (const [options, expected] of [
  [[], `${uid}\n${gid}\n`],
  [["--uid=0", "--gid=0"], "0\n0\n"],
  [["-u", "1234", "-g", "5678"], "1234\n5678\n"],
  [["--uid=0"], `0\n${gid}\n`],
  [["--gid=0"], `${uid}\n0\n`],
  [["--uid=65534", "--gid=65534"], "65534\n65534\n"],
  [["--uid=4294967294", "--gid=4294967294"], "4294967294\n4294967294\n"],
  [["--uid=1", "--uid=2"], `2\n${gid}\n`],
] as const) {
  test(`ch-run ${options.join(" ") || "without --uid and --gid"} sets both ids`, () => {
    assert.is(inside(IDS, options), expected);
  });
}

test("a file made by any user of the container belongs to the user of the host", () =>
  withFolder((folder) => {
    for (const id of ["0", "1234", "65534"]) {
      inside(`touch /mnt/${id}`, [`-b${folder}:/mnt`, "-u", id, "-g", id]);
      const { uid: owner, gid: group } = statSync(join(folder, id));
      assert.equal([owner, group], [uid, gid]);
    }
  }));

for (const [kind, path] of images()) {
  test(`/etc/passwd and /etc/group of a ${kind} name root, nobody and the user`, () => {
    const args = ["--uid=1234", "--gid=5678", path, "--", "sh", "-c"];
    const passwd = assertDone(chRun([...args, "cat /etc/passwd"]))
      .trimEnd()
      .split("\n");
    assert.match(passwd[1] ?? "", /^[^:]+:x:1234:5678:[^:]+:\/:\/bin\/sh$/);
    assert.equal([passwd.length, passwd[0]], [3, "root:x:0:0:root:/root:/bin/sh"]);
    assert.match(passwd[2] ?? "", /^nobody:x:65534:65534:/);
    const group = assertDone(chRun([...args, "cat /etc/group"]))
      .trimEnd()
      .split("\n");
    assert.equal([group.length, group[0], group[2]], [3, "root:x:0:", "nogroup:x:65534:"]);
    assert.match(group[1] ?? "", /^[^:]+:x:5678:$/);
  });

  test(`ch-run --no-passwd leaves the files of a ${kind} as they are`, () => {
    const read = "cat /etc/passwd /etc/group";
    const found = assertDone(chRun(["--no-passwd", path, "--", "sh", "-c", read]));
    const expected = ["passwd", "group"].map((name) =>
      readFileSync(join(image, "etc", name), "utf8"),
    );
    assert.is(found, expected.join(""));
  });
}

for (const [user, name] of [
  ["alice", "alice"],
  ["alice:x:0:0", undefined],
  ["new\nline", undefined],
  ["", undefined],
] as const) {
  test(`the user's name with USER=${JSON.stringify(user)}`, () => {
    const found = inside("id -un; grep -c . /etc/passwd", [], { env: { USER: user } });
    assert.is(found, `${uid === 0 ? "root" : (name ?? ownName())}\n${uid === 0 ? 2 : 3}\n`);
  });
}

test("ch-run --home makes $HOME the home directory, and the rest writable", () =>
  withFolder((folder) => {
    writeFileSync(join(folder, "file"), "mine\n");
    const env = { HOME: folder, USER: "alice" };
    const script = 'cat ~/file; touch ~/new /elsewhere && echo "$HOME"';
    const name = uid === 0 ? "root" : "alice";
    assert.is(inside(script, ["--home"], { env }), `mine\n/home/${name}\n`);
    assert.equal(readdirSync(folder).sort(), ["file", "new"]);
    const home = inside(`grep ^${name}: /etc/passwd | cut -d: -f6`, ["--home"], { env });
    assert.is(home, uid === 0 ? "/root\n" : "/home/alice\n");
  }));

for (const [env, error] of [
  [{}, "cannot use --home: $HOME is not set"],
  [{ HOME: "" }, "cannot use --home: $HOME is not set"],
  [{ HOME: "/no/such" }, 'cannot find bind source "/no/such": No such file or directory'],
] as const) {
  test(`ch-run --home with ${JSON.stringify(env)} is an error`, () => {
    assertRefused(chRun(["--home", image, "--", "true"], { env }), 31, error);
  });
}

test("/tmp in the container is the host's, or $TMPDIR", () =>
  withFolder((folder) => {
    const name = `charliecloud-test-${process.pid}`;
    assert.is(inside(`: >/tmp/${name}; stat -c %a /tmp`, []), `${mode("/tmp")}\n`);
    chmodSync(folder, 0o700);
    inside("touch /tmp/new", [], { env: { TMPDIR: folder } });
    assert.equal(readdirSync(folder), ["new"]);
    assertDone(shell('rm "/tmp/$1"', [name]));
  }));

function mode(path: string): string {
  return (statSync(path).mode & 0o7777).toString(8);
}

test("ch-run --private-tmp is empty and of this container alone", () =>
  withFolder((folder) => {
    const env = { TMPDIR: folder };
    mkdirSync(join(folder, "of-the-host"));
    assert.is(inside("ls -A /tmp; touch /tmp/x; stat -c %a /tmp", ["-t"], { env }), "1777\n");
    assert.is(inside("ls -A /tmp", ["--private-tmp"], { env }), "");
    assert.equal(readdirSync(folder), ["of-the-host"]);
    assert.is(inside("ls /tmp/bound", ["-t", `-b${folder}:/tmp/bound`]), "of-the-host\n");
  }));

test.run();
