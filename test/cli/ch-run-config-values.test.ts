/** What configuration files set: binds, paths with variables, what is fixed, and --print-config. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Installation, withInstallation } from "../helpers/installation.ts";
import { messages } from "../helpers/program.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { directoryImage } from "../helpers/root-image.ts";

const image = directoryImage();

/** A test with folders of the host that have their names in a file. */
function withHost(body: (installation: Installation) => unknown): Promise<void> {
  return withInstallation((installation) => {
    for (const name of ["a", "b", "c:d", "$e"]) {
      mkdirSync(join(installation.folder, name));
      writeFileSync(join(installation.folder, name, "file"), name);
    }
    return body(installation);
  });
}

/** A file, options, and what is then at /mnt; HOST is the folder. */
const BINDS: readonly (readonly [string, readonly string[], string])[] = [
  ["bind = HOST/a:/mnt", [], "a"],
  ["bind = HOST/a:/mnt\nbind = HOST/b:/mnt:ro", [], "b"],
  ["bind = HOST/a:/mnt", ["--bind=HOST/b:/mnt"], "b"],
  ["fixed bind = HOST/a:/mnt", ["--bind=HOST/b:/mnt"], "a"],
  ["fixed bind = HOST/a:/mnt\nbind = HOST/b:/mnt\nbind =", ["--config=bind="], "a"],
  ["bind = HOST/a:/mnt\nbind = HOST/b:/mnt\nbind =\nbind = HOST/a:/mnt", [], "a"],
  ["optional-bind = HOST/a:/mnt\noptional-bind = HOST/none:/mnt", [], "a"],
  ["optional-bind = HOST/a:/mnt\noptional-bind = /$NO_SUCH:/mnt", [], "a"],
  ["optional-bind = HOST/a:/mnt\noptional-bind = HOST/b:/no/such/place", [], "a"],
  ["bind = HOST/$NAME:/mnt", [], "b"],
  [`bind = HOST/\${NAME}:/mnt`, [], "b"],
  ["bind = HOST/$COLON:/mnt", [], "c:d"],
  ["bind = HOST/c\\:d:/mnt", [], "c:d"],
  ["bind = HOST/\\$e:/mnt", [], "$e"],
];

for (const [text, options, name] of BINDS) {
  test(`with "${text.replaceAll("\n", "; ")}", ch-run ${options.join(" ")} has ${name} there`, () =>
    withHost(({ configure, folder, run }) => {
      const fill = (word: string): string => word.replaceAll("HOST", folder);
      configure(fill(text));
      const args = [...options.map(fill), image, "--", "cat", "/mnt/file"];
      assert.is(assertDone(run(args, { env: { NAME: "b", COLON: "c:d" } })), name);
    }));
}

test("ch-run takes binds of $CH_RUN_BIND after those of files", () =>
  withHost(({ configure, folder, run }) => {
    configure(`bind = ${folder}/a:/mnt`);
    const env = { CH_RUN_BIND: `${folder}/b:/mnt` };
    assert.is(assertDone(run([image, "--", "cat", "/mnt/file"], { env })), "b");
  }));

/** What is fixed, and options and other settings that would change it. */
const FIXED: readonly (readonly [string, string])[] = [
  ["seccomp = no", "--seccomp"],
  ["seccomp = no", "--config=seccomp=yes"],
  ["private-tmp = no", "-t"],
  ["image-env = yes", "--no-image-env"],
  ["storage = /site", "--storage=/other"],
  ["fuse-cache = 16m", "--fuse-cache=8m"],
  ["write-fake = no", "--write-fake"],
  ["write-fake-size = 1g", "--write-fake=2g"],
];

for (const [line, option] of FIXED) {
  test(`ch-run ${option} is refused where "${line}" is fixed`, () =>
    withInstallation(({ configure, run }) => {
      const path = configure(`fixed ${line}`);
      const shown = option === "-t" ? "--private-tmp" : option.replace(/=.*/, "");
      const named = option.startsWith("--config") ? option : shown;
      const reason = `the administrator has fixed "${line}" at ${path}:1`;
      assertRefused(run([option, image, "true"]), 64, `option "${named}": ${reason}`);
    }));
}

test("ch-run takes an option that asks for what is fixed", () =>
  withInstallation(({ configure, run }) => {
    configure("fixed private-tmp = yes\nfixed write-fake-size = 1g");
    assertDone(run(["-t", "-W1g", "--config=private-tmp=yes", "--print-config"]));
  }));

test("what is fixed stays so: plain lines of the site, the user and the environment do nothing", () =>
  withInstallation(({ configure, folder, run }) => {
    const path = configure("fixed storage = /a\nstorage = /b");
    configure("storage = /c", "conf.d/later.conf");
    const user = configure("storage = /d", join(folder, "xdg/charliecloud/charliecloud.conf"));
    const warning = (from: string): string =>
      `warning: "storage" of ${from} has no effect: it is fixed at ${path}:1`;
    const tell = (env: Readonly<Record<string, string>>): readonly string[] => {
      const { stdout, stderr, status } = run(["--print-config"], { env });
      assert.is(status, 0);
      assert.match(stdout, `\nfixed storage = /a `);
      return messages(stderr);
    };
    const XDG_CONFIG_HOME = join(folder, "xdg");
    const none = { CH_IMAGE_STORAGE: "" };
    assert.equal(tell(none), []);
    assert.equal(tell({ ...none, XDG_CONFIG_HOME }), [warning(`${user}:1`)]);
    assert.equal(tell({ CH_IMAGE_STORAGE: "/e" }), [warning("$CH_IMAGE_STORAGE")]);
    configure("fixed storage = /f", "conf.d/last.conf");
    assert.match(run(["--print-config"], { env: none }).stdout, "\nfixed storage = /f ");
  }));

test("a user cannot fix anything, nor can an option", () =>
  withInstallation(({ configure, folder, run }) => {
    const user = configure("fixed home = no", join(folder, "xdg/charliecloud/charliecloud.conf"));
    const env = { XDG_CONFIG_HOME: join(folder, "xdg") };
    const reason = '"fixed" is for the files of the site';
    assertRefused(run([image, "true"], { env }), 64, `${user}:1: ${reason}`);
    const option = "--config=fixed home=no";
    assertRefused(run([option, image, "true"]), 64, `option "${option}": ${reason}`);
  }));

/** What is configured, an option that excludes it, and the value that is left. */
const YIELDING: readonly (readonly [string, string, string])[] = [
  ["home = yes", "--write", "home = no"],
  ["write-fake = yes", "--write", "write-fake = no"],
  ["fuse-linger = 5", "--no-fuse-share", "fuse-linger = 0"],
  ["fuse-share = no", "--fuse-linger=5", "fuse-share = yes"],
];

for (const [line, option, left] of YIELDING) {
  test(`ch-run ${option} is right where "${line}" excludes it, unless that is fixed`, () =>
    withInstallation(({ configure, run }) => {
      configure(line);
      assert.match(assertDone(run([option, "--print-config"])), `\n${left} `);
      configure(`fixed ${line}`);
      assertRefused(run([option, image, "true"]), 64, /^error: options .* exclude each other/);
    }));
}

test("ch-run --print-config tells values and where they come from, so that it can be read again", () =>
  withInstallation(({ configure, run }) => {
    const path = configure("fixed seccomp = no\nbind = /usr:/mnt:ro\nset-env = A=b \\# c");
    const output = assertDone(run(["--print-config", "--home"]));
    const lines = output.split("\n").map((line) => line.replace(/ +#/, " #"));
    assert.is(lines[0], `# ${path}: read`);
    for (const line of [
      "home = yes # --home",
      "private-tmp = no # default",
      `fixed seccomp = no # ${path}:1, fixed`,
      `bind = /usr:/mnt:ro # ${path}:2`,
      `set-env = A=b \\# c # ${path}:3`,
    ]) {
      assert.ok(lines.includes(line), `${line}\n${output}`);
    }
    configure(output);
    const values = (text: string): string => text.replace(/ +# .*/g, "");
    assert.is(values(assertDone(run(["--print-config"]))), values(output));
  }));

test("ch-run --print-config=json is JSON", () =>
  withInstallation(({ configure, run }) => {
    const path = configure('fixed set-env = A="\\\tü\nseccomp = yes');
    const { files, values } = JSON.parse(assertDone(run(["--print-config=json", "-t"])));
    assert.equal(files, [{ path, state: "read" }]);
    const find = (key: string): unknown =>
      values.find((value: { key: string }) => value.key === key);
    const file = { kind: "file", place: path };
    const fixed = { key: "set-env", value: 'A="\\\tü', fixed: true, origin: { ...file, line: 1 } };
    assert.equal(find("set-env"), fixed);
    const seccomp = { key: "seccomp", value: "yes", fixed: false, origin: { ...file, line: 2 } };
    assert.equal(find("seccomp"), seccomp);
    const option = { kind: "option", place: "private-tmp" };
    assert.equal(find("private-tmp"), {
      key: "private-tmp",
      value: "yes",
      fixed: false,
      origin: option,
    });
    assertRefused(run(["--print-config=xml"]), 64, 'option "--print-config=xml": not "json"');
  }));

test.run();
