import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { FatalError } from "../../../lib/base/error.ts";
import { addonPath, loadAddon } from "../../../lib/native/load.ts";
import { withFolder } from "../../helpers/folder.ts";
import { withVariable } from "../../helpers/variable.ts";

test("loadAddon() says what it cannot load, and what to do", () =>
  withFolder((folder) =>
    withVariable("CH_NATIVE_DIR", folder, () => {
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
