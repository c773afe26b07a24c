import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { FatalError } from "../../../lib/base/error.ts";
import { addonPath, loadAddon } from "../../../lib/native/load.ts";
import { withFolder } from "../../helpers/folder.ts";

/** Run a test with another folder of addons. */
async function withNativeDirectory(folder: string, run: () => void): Promise<void> {
  const before = process.env["CH_NATIVE_DIR"];
  process.env["CH_NATIVE_DIR"] = folder;
  try {
    run();
  } finally {
    if (before === undefined) delete process.env["CH_NATIVE_DIR"];
    else process.env["CH_NATIVE_DIR"] = before;
  }
}

test("loadAddon() says what it cannot load, and what to do", () =>
  withFolder((folder) =>
    withNativeDirectory(folder, () => {
      writeFileSync(join(folder, "broken.node"), "no shared object");
      assert.is(addonPath("broken"), join(folder, "broken.node"));
      try {
        loadAddon("broken");
        assert.unreachable();
      } catch (error) {
        assert.instance(error, FatalError);
        assert.match((error as FatalError).message, /^cannot load ".*\/broken\.node": /);
        assert.match((error as FatalError).hint ?? "", /build Charliecloud again/);
      }
    }),
  ));

test("loadAddon() loads the core", () => {
  assert.type(loadAddon<{ probe: unknown }>("charliecloud").probe, "function");
});

test.run();
