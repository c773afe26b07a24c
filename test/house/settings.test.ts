/** The keys of configuration files: the tables and charliecloud.conf(5) say the same. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { CONFIGURATION_KEYS } from "../../lib/host/configuration.ts";
import { readSource } from "./sources.ts";

const KEYS = [
  ...readSource("src-native/run/setting.def").matchAll(/^CH_(?:SWITCH|VALUE|LIST)\("([^"]+)"/gm),
].map(([, key = ""]) => key);

test("keys are in order, and each is there once", () => {
  assert.ok(KEYS.length > 10);
  assert.equal(KEYS, [...new Set(KEYS)].sort());
});

test("charliecloud.conf(5) describes every key, and no other", () => {
  const page = readSource("doc/pages/charliecloud.conf.md");
  const section = page.slice(page.indexOf("## KEYS"), page.indexOf("## EXAMPLES"));
  const described = [...section.matchAll(/^- `([^`]+)`:/gm)].map(([, key = ""]) => key);
  // Those of front ends alone have the name of one.
  const ofFrontEnds = Object.keys(CONFIGURATION_KEYS).filter((key) => key.includes("."));
  assert.equal(described, [...KEYS, ...ofFrontEnds].sort());
});

test.run();
