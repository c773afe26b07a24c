import { test } from "uvu";
import * as assert from "uvu/assert";
import { squashfsAvailable } from "../../../lib/native/squashfs.ts";
import { withFolder } from "../../helpers/folder.ts";
import { withVariable } from "../../helpers/variable.ts";

test("squashfsAvailable() says what configure has found", () => {
  assert.is(squashfsAvailable(), process.env["CH_TEST_SQUASH"] === "yes");
});

test("squashfsAvailable() is false where the module is not installed", () =>
  withFolder((folder) =>
    withVariable("CH_NATIVE_DIR", folder, () => assert.is(squashfsAvailable(), false)),
  ));

test.run();
