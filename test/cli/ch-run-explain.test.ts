/** ch-run --explain: that it tells what a real launch does, why, and leaves nothing. */
import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { chRun } from "../helpers/ch-run.ts";
import { withFolder } from "../helpers/folder.ts";
import { withInstallation } from "../helpers/installation.ts";
import { test } from "../helpers/kernel.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { directoryImage, images, makeRoot } from "../helpers/root-image.ts";

interface Reason {
  readonly rule: string;
  readonly origin: { readonly kind: string; readonly place?: string; readonly line?: number };
}
interface Mount extends Reason {
  readonly at: string;
  readonly from: string | null;
  readonly type: string | null;
  readonly read_only: boolean;
  readonly predicted: boolean;
}
interface Variable extends Reason {
  readonly name: string;
  readonly value: string | null;
}
interface Explanation {
  readonly ids: Readonly<Record<string, { readonly users: string; readonly groups: string }>>;
  readonly mounts: readonly Mount[];
  readonly environment: readonly Variable[];
  readonly root_emulation: Reason & { readonly on: boolean };
  readonly directory: string;
  readonly command: Readonly<Record<string, unknown>>;
}

const image = directoryImage();
const HOST = {
  USER: "somebody",
  HOME: "/var/tmp",
  TMPDIR: "/var/tmp",
  A: "1",
  LD_PRELOAD_NOT: "x",
};

function explain(
  args: readonly string[],
  env: Readonly<Record<string, string>> = HOST,
): Explanation {
  return JSON.parse(assertDone(chRun(["--explain=json", ...args], { env })));
}

/** "PLACE TYPE ro|rw" of every mount in a container, in no order. */
function mountsOf(mountinfo: string): readonly string[] {
  return mountinfo
    .trim()
    .split("\n")
    .map((line) => {
      const [left = "", right = ""] = line.split(" - ");
      const [, , , , at = "", options = ""] = left.split(" ");
      return `${at} ${right.split(" ")[0]} ${options.split(",").includes("ro") ? "ro" : "rw"}`;
    })
    .sort();
}

function explained({ mounts }: Explanation): readonly string[] {
  return mounts.map((m) => `${m.at} ${m.type} ${m.read_only ? "ro" : "rw"}`).sort();
}

/** Options, as users give them. */
const OPTIONS: readonly (readonly string[])[] = [
  [],
  ["--bind=/usr:/mnt:ro", "--bind=/usr:/srv"],
  ["--bind=/usr:/no/such/place", "--set-env=A=$A:2", "--set-env=B=c d"],
  ["--write-fake", "--home"],
  ["--private-tmp", "--no-passwd", "--unset-env=A*"],
  ["-q", "--clean-env", "--set-env=A=3"],
];

for (const [kind, root] of images()) {
  for (const options of OPTIONS) {
    const shown = options.join(" ");
    test(`ch-run --explain ${shown} of a ${kind} has the mounts of a real launch`, () => {
      const command = [...options, root, "--", "cat", "/proc/self/mountinfo"];
      const real = assertDone(chRun(command, { env: HOST }));
      assert.equal(explained(explain(command)), mountsOf(real));
    });

    test(`ch-run --explain ${shown} of a ${kind} has the environment of a real launch`, () => {
      const command = [...options, root, "--", "env", "-0"];
      const real = assertDone(chRun(command, { env: HOST }))
        .split("\0")
        .filter(Boolean);
      const environment = new Map<string, string>(Object.entries({ ...startOf(), ...HOST }));
      for (const { name, value } of explain(command).environment) {
        if (value === null) environment.delete(name);
        else environment.set(name, value);
      }
      const told = [...environment].map(([name, value]) => `${name}=${value}`);
      assert.equal(told.sort(), real.sort());
    });
  }
}

/** What chRun() gives to every ch-run. */
function startOf(): Readonly<Record<string, string>> {
  const clean = chRun(["--no-image-env", image, "--", "env"]).stdout;
  const storage = /^CH_IMAGE_STORAGE=(.*)$/m.exec(clean)?.[1] ?? "";
  return { PATH: process.env["PATH"] ?? "", CH_IMAGE_STORAGE: storage };
}

test("ch-run --explain tells the rule of each mount and change: options, files, the default", () =>
  withInstallation(({ configure, run }) => {
    const path = configure("bind = /usr:/mnt\nset-env = A=2");
    const words = ["--explain=json", "--bind=/usr:/srv", "--set-env=B=3", image, "--", "true"];
    const { mounts, environment }: Explanation = JSON.parse(assertDone(run(words)));
    const mount = (at: string): unknown => {
      const { from, rule, origin } = mounts.find((one) => one.at === at) ?? {};
      return { from, rule, origin };
    };
    const file = { kind: "file", place: path };
    const option = { kind: "option", place: "bind" };
    assert.equal(mount("/dev"), {
      from: "/dev",
      rule: "default bind",
      origin: { kind: "default" },
    });
    assert.equal(mount("/mnt"), { from: "/usr", rule: "bind", origin: { ...file, line: 1 } });
    assert.equal(mount("/srv"), { from: "/usr", rule: "bind", origin: option });
    const origin = (name: string): unknown => environment.find((one) => one.name === name)?.origin;
    assert.equal(origin("CH_RUNNING"), { kind: "default" });
    assert.equal(origin("A"), { ...file, line: 2 });
    assert.equal(origin("B"), { kind: "option", place: "set-env" });
  }));

test("ch-run --explain tells ids, directory, root emulation and command", () => {
  const { ids, directory, root_emulation, command } = explain([
    "-u7",
    "-g8",
    "-c/usr",
    image,
    "env",
  ]);
  const [uid, gid] = [process.getuid?.(), process.getgid?.()];
  assert.equal(ids["outer"], { users: `0 ${uid} 1`, groups: `0 ${gid} 1` });
  assert.equal(ids["container"], { users: "7 0 1", groups: "8 0 1" });
  assert.is(directory, "/usr");
  assert.is(root_emulation.on, false);
  const { words, from, entry_from, file } = command;
  assert.equal([words, from, entry_from], [["env"], "the command line", null]);
  assert.match(String(file), /^\/.*\/env$/);
  assert.is(explain([image, "no-such-program"]).command["file"], null);
});

test("ch-run --explain runs nothing, and makes nothing in an image that could be written", () =>
  withFolder((folder) => {
    const root = makeRoot(join(folder, "image"));
    const before = readdirSync(root);
    mkdirSync(join(folder, "data"));
    const words = ["--write", `--bind=${folder}/data:/made/here`, root, "--", "touch", "/ran"];
    const { mounts } = explain(words);
    assert.equal(readdirSync(root), before);
    const { at, from, predicted } = mounts.find((mount) => mount.predicted) ?? {};
    assert.equal([at, from, predicted], ["/made/here", `${folder}/data`, true]);
    assertDone(chRun(words));
    assert.ok(existsSync(join(root, "ran")) && statSync(join(root, "made/here")).isDirectory());
    assert.equal(
      explain(words).mounts.filter((mount) => mount.predicted),
      [],
    );
  }));

test("ch-run --explain --overlay tells what a real launch has, and leaves the place alone", () =>
  withFolder((folder) => {
    const command = [`--overlay=${folder}/kept`, "-b/usr:/made/here", image, "--", "cat"];
    mkdirSync(join(folder, "kept"));
    for (const inside of [[], ["lock", "upper", "work"]]) {
      const told = explain(command);
      assert.equal(readdirSync(join(folder, "kept")).sort(), inside);
      const real = assertDone(chRun([...command, "/proc/self/mountinfo"], { env: HOST }));
      assert.equal(explained(told), mountsOf(real));
      const { rule, origin } = told.mounts.find(({ at }) => at === "/") ?? {};
      assert.is(rule, "image, with an overlay that is kept");
      assert.equal(origin, { kind: "option", place: "overlay" });
    }
  }));

test("ch-run --explain is a text, too", () => {
  const text = assertDone(chRun(["--explain", "-b/usr:/mnt", image, "echo", "hi"], { env: HOST }));
  assert.match(text, /^image: .*\n {4}directory; device /);
  assert.match(text, /\n {4}\/mnt from \/usr \(.*, r[ow]\) +# bind: --bind\n/);
  assert.match(text, /\n {4}unset TMPDIR +# default\n/);
  assert.match(text, /\ncommand, from the command line:\n {4}"echo" "hi"\n/);
});

test("ch-run --explain fails as the launch would", () => {
  assertRefused(chRun(["--explain", image]), 64, `no command given to run in image "${image}"`);
  assertRefused(chRun(["--explain=xml", image]), 64, 'option "--explain=xml": not "json"');
  const missing = 'cannot find bind source "/no/such": No such file or directory';
  assertRefused(chRun(["--explain", "-b/no/such", image, "true"]), 31, missing);
});

test.run();
