import { chownSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Log, QUIET } from "../../../lib/base/log.ts";
import { readConfigFiles } from "../../../lib/host/configuration-files.ts";
import { withFolder } from "../../helpers/folder.ts";
import { testIf } from "../../helpers/test-if.ts";

const log = new Log("test", QUIET);

/** Write a user's file, below the folder that $XDG_CONFIG_HOME names. */
function configure(folder: string, text: string | Uint8Array): string {
  const path = join(folder, "charliecloud/charliecloud.conf");
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

function keysOf(env: Record<string, string>): readonly string[] {
  return readConfigFiles(env, log).flatMap(({ lines }) => lines.map(({ key }) => key));
}

test("the user's file is in $XDG_CONFIG_HOME, else in $HOME/.config", () =>
  withFolder((folder) => {
    configure(folder, "a = 1");
    configure(join(folder, ".config"), "b = 1");
    assert.equal(keysOf({ XDG_CONFIG_HOME: folder, HOME: folder }), ["a"]);
    assert.equal(keysOf({ XDG_CONFIG_HOME: "relative", HOME: folder }), ["b"]);
    assert.equal(keysOf({ HOME: join(folder, "none") }), []);
    assert.equal(keysOf({}), []);
  }));

test("what is no text, or too long, is refused", () =>
  withFolder((folder) => {
    const path = configure(folder, "a = \0");
    assert.throws(() => keysOf({ XDG_CONFIG_HOME: folder }), `"${path}": not text`);
    configure(folder, Buffer.alloc(1024 * 1024 + 1, "#"));
    assert.throws(() => keysOf({ XDG_CONFIG_HOME: folder }), `"${path}": File too large`);
  }));

test("a directory in the place of the user's file is left out", () =>
  withFolder((folder) => {
    mkdirSync(join(folder, "charliecloud/charliecloud.conf"), { recursive: true });
    assert.equal(keysOf({ XDG_CONFIG_HOME: folder }), []);
  }));

testIf(process.getuid?.() === 0, "only root can give files away")(
  "a file that belongs to another user is left out",
  () =>
    withFolder((folder) => {
      chownSync(configure(folder, "a = 1"), 12345, 12345);
      assert.equal(keysOf({ XDG_CONFIG_HOME: folder }), []);
    }),
);

test.run();
