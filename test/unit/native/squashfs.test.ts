import { test } from "uvu";
import * as assert from "uvu/assert";
import { squashfsAvailable } from "../../../lib/native/squashfs.ts";
import { withFolder } from "../../helpers/folder.ts";

test("squashfsAvailable() says what configure has found", () => {
  assert.is(squashfsAvailable(), process.env["CH_TEST_SQUASH"] === "yes");
});

test("squashfsAvailable() is false where the module is not installed", () =>
  withFolder((folder) => {
    const before = process.env["CH_NATIVE_DIR"];
    process.env["CH_NATIVE_DIR"] = folder;
    try {
      assert.is(squashfsAvailable(), false);
    } finally {
      process.env["CH_NATIVE_DIR"] = before;
    }
  }));

test.run();
