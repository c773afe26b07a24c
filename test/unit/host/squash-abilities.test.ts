import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseAbilities } from "../../../lib/host/squash-abilities.ts";

test("parseAbilities() finds the options of 4.5", () => {
  const help =
    "Options:\n-mem <size>\tuse\n-tar\t\tread tar\n-xattrs\tstore\n-root-mode <mode>\tset\n";
  assert.equal(parseAbilities(help), {
    memory: true,
    tar: true,
    rootMode: true,
    xattrsInclude: false,
    actions: false,
  });
});

test("parseAbilities() finds the options of 4.6", () => {
  const help =
    "-mem <size> use\n-tar read\n-root-mode <mode> set\n-xattrs-include <regex> include\n-action-file <file> as\n";
  const all = { memory: true, tar: true, rootMode: true, xattrsInclude: true, actions: true };
  assert.equal(parseAbilities(help), all);
});

test("parseAbilities() takes no other option for one of those", () => {
  const help = "-tarstyle\talternative name\n-all-root\n-xattrs\n see -tar\n";
  assert.equal(parseAbilities(help), {
    memory: false,
    tar: false,
    rootMode: false,
    xattrsInclude: false,
    actions: false,
  });
});

test.run();
