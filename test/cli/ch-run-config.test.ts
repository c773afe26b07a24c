/** Configuration files: which are read, in what order, and what is wrong with them. */
import { chmodSync, chownSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { withInstallation } from "../helpers/installation.ts";
import { messages } from "../helpers/program.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { directoryImage } from "../helpers/root-image.ts";
import { testIf } from "../helpers/test-if.ts";

const image = directoryImage();
const isRoot = process.getuid?.() === 0;

/** The command line that prints the variable A in the container. */
const PRINT_A = [image, "--", "sh", "-c", 'echo "$A"'];

/** The value of a key as --print-config prints it. */
function shownValue(output: string, key: string): string | undefined {
  return new RegExp(`^(?:fixed )?${key} = (.*?) +# `, "m").exec(output)?.[1];
}

/** Lines of a file, and what the command prints of $A then. */
const LINES: readonly (readonly [string, string])[] = [
  ["set-env = A=1", "1"],
  ["  set-env=A=1\t\r\n", "1"],
  ["set-env = A=1\nset-env = A=2", "2"],
  ["# set-env = A=1", ""],
  ["set-env = A=1 # 2", "1"],
  ["set-env = A=1#2", "1#2"],
  ["set-env = A=1 \\#2", "1 #2"],
  ["set-env = A=b=c d", "b=c d"],
  ["set-env = A=1\nset-env =", ""],
  ["set-env = A=1\nunset-env = A", ""],
  ["unset-env = A\nset-env = A=$A:1\nunset-env =", "0:1"],
  ["if-known brand-new = 1\nset-env = A=1", "1"],
  ["ch-convert.compress = xz\nset-env = A=1", "1"],
  ["if-known set-env = A=1", "1"],
  ["fixed if-known set-env = A=1", "1"],
];

for (const [text, value] of LINES) {
  test(`ch-run reads ${JSON.stringify(text)} as A="${value}"`, () =>
    withInstallation(({ configure, run }) => {
      configure(text);
      const env = text.startsWith("unset") ? { A: "0" } : {};
      assert.is(assertDone(run(PRINT_A, { env })), `${value}\n`);
    }));
}

test("ch-run reads the site's file, conf.d in order, the user's; then comes the command line", () =>
  withInstallation(({ configure, folder, run }) => {
    const user = join(folder, "home/.config/charliecloud/charliecloud.conf");
    configure("set-env = A=site");
    configure("set-env = A=$A:2", "conf.d/20-b.conf");
    configure("set-env = A=$A:1", "conf.d/10-a.conf");
    configure("set-env = A=hidden", "conf.d/.30.conf");
    configure("set-env = A=backup", "conf.d/30.conf~");
    configure("set-env = A=$A:user", user);
    const env = { HOME: join(folder, "home") };
    assert.is(assertDone(run(PRINT_A, { env })), "site:1:2:user\n");
    assert.is(
      assertDone(run(["--set-env=A=$A:option", ...PRINT_A], { env })),
      "site:1:2:user:option\n",
    );
    const config = ["--config=set-env = A=$A:x", "--set-env=A=$A:y", "--config", "set-env=A=$A:z"];
    assert.is(assertDone(run([...config, ...PRINT_A])), "site:1:2:x:y:z\n");
    assert.is(assertDone(run(["--config=set-env=", ...PRINT_A], { env })), "\n");
  }));

test("ch-run looks for the user's file in $XDG_CONFIG_HOME, if that is absolute, else in $HOME", () =>
  withInstallation(({ configure, folder, run }) => {
    configure("set-env = A=home", join(folder, "home/.config/charliecloud/charliecloud.conf"));
    configure("set-env = A=xdg", join(folder, "xdg/charliecloud/charliecloud.conf"));
    const HOME = join(folder, "home");
    const found = (env: Readonly<Record<string, string>>): string =>
      assertDone(run(PRINT_A, { cwd: folder, env }));
    assert.is(found({ HOME, XDG_CONFIG_HOME: join(folder, "xdg") }), "xdg\n");
    assert.is(found({ HOME, XDG_CONFIG_HOME: "xdg" }), "home\n");
    assert.is(found({ HOME, XDG_CONFIG_HOME: "" }), "home\n");
    assert.is(found({ HOME: "home" }), "\n");
    assert.is(found({}), "\n");
  }));

test("ch-run takes the environment before the command line, and after all files", () =>
  withInstallation(({ configure, run }) => {
    configure("storage = /site");
    const storage = (args: readonly string[], env = {}): string | undefined =>
      shownValue(assertDone(run([...args, "--print-config"], { env })), "storage");
    assert.is(storage([], { CH_IMAGE_STORAGE: "" }), "/site");
    assert.is(storage([], { CH_IMAGE_STORAGE: "/variable" }), "/variable");
    assert.is(storage(["-s/option"], { CH_IMAGE_STORAGE: "/variable" }), "/option");
    const directories = (env: Readonly<Record<string, string>>): string | undefined =>
      shownValue(assertDone(run(["--print-config"], { env })), "cdi-dirs");
    assert.is(directories({}), "/etc/cdi:/var/run/cdi");
    assert.is(directories({ CH_RUN_CDI_DIRS: "/b" }), "/b");
    assert.is(directories({ CH_RUN_CDI_DIRS: "/b", CH_CDI_DIRS: "/a" }), "/a");
    assert.is(storage(["--config=storage=/last"], { CH_IMAGE_STORAGE: "/variable" }), "/last");
  }));

function noVariable(text: string): string {
  return `"${text}" is not $NAME or \${NAME}; a dollar is written "\\$"`;
}

/** What is refused with the number of its line, which is 2. */
const WRONG: readonly (readonly [string, string])[] = [
  ["home yes", '"home yes" is not KEY = VALUE'],
  ["= yes", '"" is not KEY = VALUE'],
  ["Home = yes", '"Home" is not KEY = VALUE'],
  ["fixed", '"fixed" is not KEY = VALUE'],
  ["fixed = yes", 'unknown key "fixed"'],
  ["brand-new = 1", 'unknown key "brand-new"'],
  ["home = maybe", '"home = maybe": neither "yes" nor "no"'],
  ["home =", '"home = ": neither "yes" nor "no"'],
  ["storage =", '"storage =": no value'],
  ["storage = here", '"storage = here": not an absolute path'],
  ["storage = /x/$NO_SUCH", "$NO_SUCH is not set"],
  ["storage = /x/$", noVariable("$")],
  [`storage = /x/\${A`, noVariable(`\${A`)],
  ["bind = usr", '"bind = usr": not an absolute path'],
  ["bind = /usr:x", 'cannot bind "/usr:x": destination "x" is not an absolute path'],
  ["set-env = FILE", '"set-env = FILE": not an absolute path'],
  ["fuse-cache = much", 'option "--fuse-cache=much": not a size such as "512k", "8m" or "1g"'],
];

for (const [line, message] of WRONG) {
  test(`ch-run refuses "${line}", and says where it is`, () =>
    withInstallation(({ configure, run }) => {
      const path = configure(`# first\n${line}\nhome = yes\n`);
      assertRefused(run([image, "--", "true"]), 64, `${path}:2: ${message}`);
      assertDone(run(["--help"]));
      assertDone(run(["--version"]));
      assertRefused(run(["--bogus"]), 64, /"--bogus"$/);
    }));
}

test("ch-run says where the configuration asks for what then fails", () =>
  withInstallation(({ configure, run }) => {
    const path = configure("\nbind = /no/such:/mnt\n");
    const reason = 'cannot find bind source "/no/such": No such file or directory';
    assertRefused(run([image, "--", "true"]), 31, `${path}:2: ${reason}`);
    configure("set-env = /no/file");
    const missing = 'cannot read environment file "/no/file": No such file or directory';
    assertRefused(run([image, "--", "true"]), 31, `${path}:1: ${missing}`);
  }));

test("ch-run refuses a file of the site that is no text, and no file", () =>
  withInstallation(({ configure, run, site }) => {
    const path = configure("home = yes\0");
    const action = `cannot read configuration file "${path}"`;
    assertRefused(run([image, "--", "true"]), 64, `${action}: not text`);
    renameSync(path, `${path}.old`);
    mkdirSync(join(site, "charliecloud.conf"));
    assertRefused(run([image, "--", "true"]), 64, `${action}: not a file`);
  }));

testIf(!isRoot, "root can read everything")(
  "ch-run refuses a file of the site that it may not read, and passes over such a user's",
  () =>
    withInstallation(({ configure, folder, run }) => {
      const user = configure("home = yes", join(folder, "xdg/charliecloud/charliecloud.conf"));
      const env = { XDG_CONFIG_HOME: join(folder, "xdg") };
      chmodSync(user, 0);
      assertDone(run([image, "--", "true"], { env }));
      const { stderr } = run(["-v", image, "--", "true"], { env });
      const note = `configuration file "${user}" is not read: Permission denied`;
      assert.ok(messages(stderr).includes(note), stderr);
      const path = configure("home = no");
      chmodSync(path, 0);
      const action = `cannot open configuration file "${path}": Permission denied`;
      assertRefused(run([image, "--", "true"]), 64, action);
    }),
);

testIf(isRoot, "needs root")("ch-run passes over a user's file that is somebody else's", () =>
  withInstallation(({ configure, folder, run }) => {
    const user = configure("set-env = A=1", join(folder, "xdg/charliecloud/charliecloud.conf"));
    const env = { XDG_CONFIG_HOME: join(folder, "xdg") };
    assert.is(assertDone(run(PRINT_A, { env })), "1\n");
    chownSync(user, 12345, 12345);
    assert.is(assertDone(run(PRINT_A, { env })), "\n");
    const note = `configuration file "${user}" is not read: belongs to uid 12345`;
    assert.ok(messages(run(["-v", ...PRINT_A], { env }).stderr).includes(note));
  }),
);

test.run();
