/** ch-image login and logout at a real registry that wants a password. */
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { runLimited } from "../helpers/ch-run.ts";
import { withFolder } from "../helpers/folder.ts";
import { type Act, onTerminal } from "../helpers/on-terminal.ts";
import { installed, type Outcome } from "../helpers/program.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { HAS_REGISTRY, NO_REGISTRY, startRegistry } from "../helpers/registry.ts";
import { Repository } from "../helpers/registry-content.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";

const registryTest = testIf(HAS_REGISTRY, NO_REGISTRY);

async function prepare(): Promise<string> {
  await new Repository(await startRegistry(), "test/secret").putImage([], { tag: "latest" });
  return startRegistry({ login: "password" });
}

const registry = HAS_REGISTRY ? await prepare() : "";
const AUTH = Buffer.from("test:testpw").toString("base64");

/** ch-image in a home of its own; what is on standard input comes first. */
function chImage(folder: string, input: string, ...args: readonly string[]): Outcome {
  const PATH = `${join(folder, "bin")}:${process.env["PATH"]}`;
  const env = { CH_IMAGE_STORAGE: join(folder, "storage"), HOME: folder, PATH };
  return runLimited(installed("ch-image"), args, { env, input });
}

function login(folder: string, password: string, ...args: readonly string[]): Outcome {
  return chImage(
    folder,
    password,
    "login",
    "--username=test",
    "--password-stdin",
    ...args,
    registry,
  );
}

function pull(folder: string): Outcome {
  return chImage(folder, "", "pull", `${registry}/test/secret`, "x");
}

function read(path: string): unknown {
  return JSON.parse(readFileSync(path, "utf8"));
}

registryTest("a login is tried out, kept where only its user can read it, and used", () =>
  withFolder((folder) => {
    const path = join(folder, ".config/containers/auth.json");
    assert.is(assertDone(login(folder, "testpw\n")), `logged in to ${registry} as test: ${path}\n`);
    assert.equal(read(path), { auths: { [registry]: { auth: AUTH } } });
    assert.is(statSync(path).mode & 0o777, 0o600);
    assertDone(pull(folder));
    assert.is(assertDone(chImage(folder, "", "logout", registry)), `logged out of ${registry}\n`);
    assert.equal(read(path), { auths: {} });
    assertRefused(pull(folder), 1, `registry "${registry}" wants a login`);
    const again = chImage(folder, "", "logout", registry);
    assertRefused(again, 1, `there is no login for "${registry}" to be forgotten`);
  }),
);

registryTest("a login that the registry does not know is not kept", () =>
  withFolder((folder) => {
    assertRefused(login(folder, "wrong"), 1, /does not let us in with the login it was given$/);
    assert.not(existsSync(join(folder, ".config")));
  }),
);

registryTest("what else is in the file stays, and --authfile names another", () =>
  withFolder((folder) => {
    const path = join(folder, "auth.json");
    const others = { "other.example": { auth: "eDp5" } };
    writeFileSync(path, JSON.stringify({ auths: others, HttpHeaders: { a: "b" } }), {
      mode: 0o644,
    });
    assertDone(login(folder, "testpw", `--authfile=${path}`));
    const auths = { ...others, [registry]: { auth: AUTH } };
    assert.equal(read(path), { auths, HttpHeaders: { a: "b" } });
    assert.is(statSync(path).mode & 0o777, 0o600);
    assertDone(chImage(folder, "", "logout", `--authfile=${path}`, registry));
    assert.equal(read(path), { auths: others, HttpHeaders: { a: "b" } });
  }),
);

/** A credential helper that keeps one login in a file. */
const HELPER = `#!/bin/sh
case $1 in
store) cat >"$HOME/kept" ;;
get) if [ -e "$HOME/kept" ]; then cat "$HOME/kept"; else echo credentials not found; exit 1; fi ;;
erase) rm "$HOME/kept" ;;
esac
`;

for (const named of ["credsStore", "credHelpers"]) {
  registryTest(`a helper that ${named} names keeps the login, and forgets it`, () =>
    withFolder((folder) => {
      const path = join(folder, ".config/containers/auth.json");
      mkdirSync(join(folder, "bin"));
      writeFileSync(join(folder, "bin/docker-credential-test"), HELPER);
      chmodSync(join(folder, "bin/docker-credential-test"), 0o755);
      mkdirSync(join(folder, ".config/containers"), { recursive: true });
      const value = named === "credsStore" ? "test" : { [registry]: "test" };
      writeFileSync(path, JSON.stringify({ [named]: value }));
      assert.match(assertDone(login(folder, "testpw")), /: docker-credential-test$/m);
      const kept = { ServerURL: registry, Username: "test", Secret: "testpw" };
      assert.equal(read(join(folder, "kept")), kept);
      assert.equal(read(path), { [named]: value });
      assertDone(pull(folder));
      assertDone(chImage(folder, "", "logout", registry));
      assert.not(existsSync(join(folder, "kept")));
      assertRefused(pull(folder), 1, `registry "${registry}" wants a login`);
    }),
  );
}

/** Log in at a terminal; the shell behind says what state that is in afterwards. */
function atTerminal(folder: string, acts: readonly Act[]): string {
  const line = `HOME=${folder} ${installed("ch-image")} login ${registry}; echo "status $?"; stty -a`;
  return onTerminal(acts, ["sh", "-c", line]).stdout.replaceAll("\r", "");
}

registryTest("what is not given is asked for, and a password is not shown", () =>
  withFolder((folder) => {
    const output = atTerminal(folder, [
      ["user name: ", "tesx^Ht\\n"],
      ["password: ", "testpw\\n"],
    ]);
    assert.match(output, /^logged in to .* as test: /m);
    assert.not.match(output, /testpw/);
    assert.match(output, /[^-]echo /);
  }),
);

registryTest("Ctrl-C at the password ends all, and the terminal is as it was", () =>
  withFolder((folder) => {
    const output = atTerminal(folder, [
      ["user name: ", "test\\n"],
      ["password: ", "te^C"],
    ]);
    assert.match(output, /^status 130$/m);
    assert.match(output, /[^-]icanon .*[^-]echo /s);
    assert.not(existsSync(join(folder, ".config")));
  }),
);

registryTest("a command line that cannot be meant is refused", () =>
  withFolder((folder) => {
    assertRefused(chImage(folder, "", "login", "a/b"), 2, '"a/b" is no registry');
    const noName = chImage(folder, "", "login", "--password-stdin", registry);
    assertRefused(noName, 2, "--password-stdin wants --username");
    const noTerminal = chImage(folder, "", "login", registry);
    assertRefused(noTerminal, 1, "cannot ask for the user name: no terminal");
    assert.match(noTerminal.stderr, "hint: give --username and --password-stdin");
  }),
);

runConditional();
