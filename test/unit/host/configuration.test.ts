import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseConfigText } from "../../../lib/base/config-text.ts";
import type { Environment } from "../../../lib/base/environment.ts";
import { Log, QUIET } from "../../../lib/base/log.ts";
import { Configuration } from "../../../lib/host/configuration.ts";

/** A log that keeps its warnings. */
class Warnings extends Log {
  readonly lines: string[] = [];

  override warning(message: string): void {
    this.lines.push(message);
  }
}

interface Texts {
  readonly site?: string;
  readonly user?: string;
  readonly env?: Environment;
  readonly log?: Log;
}

function read({ site = "", user = "", env = {}, log = new Log("test", QUIET) }: Texts) {
  const file = (owner: "site" | "user", text: string) => {
    const path = `/${owner}.conf`;
    return { path, owner, lines: parseConfigText(text, path) };
  };
  return new Configuration([file("site", site), file("user", user)], env, log);
}

test("choose() has the last word from the option, the variable, the user and the site", () => {
  const env = { S: "/variable" };
  const [site, user] = ["storage = /first\nstorage = /site", "storage = /user"];
  const variable = "S";
  assert.is(read({ site, user, env }).choose("storage", { option: "/o", variable }), "/o");
  assert.is(read({ site, user, env }).choose("storage", { variable }), "/variable");
  assert.is(read({ site, user }).choose("storage", { variable }), "/user");
  assert.is(read({ site }).choose("storage", { variable }), "/site");
  assert.is(read({}).choose("storage", { variable }), undefined);
});

test("choose() lets nobody change what is fixed, and says so", () => {
  const log = new Warnings("test", QUIET);
  const texts = { site: "fixed storage = /site\nstorage = /x", user: "storage = /user", log };
  const configuration = read({ ...texts, env: { S: "/variable" } });
  assert.is(configuration.choose("storage", { option: "/site", variable: "S" }), "/site");
  assert.equal(log.lines, [
    '"storage" of /user.conf:1 has no effect: it is fixed at /site.conf:1',
    '"storage" of $S has no effect: it is fixed at /site.conf:1',
  ]);
  const refusal = 'the administrator has fixed "storage = /site" at /site.conf:1';
  assert.throws(() => configuration.choose("storage", { option: "/o" }), refusal);
});

test("a path names variables", () => {
  const site = `storage = /scratch/$USER/\${A}`;
  assert.is(read({ site, env: { USER: "alice", A: "b" } }).choose("storage"), "/scratch/alice/b");
  assert.match(read({ site, env: { A: "b" } }).choose("storage") ?? "", /^\/scratch\/[^$/]+\/b$/);
});

/** Lines of the user's file, and what is said of them. */
const REFUSED: readonly (readonly [string, RegExp])[] = [
  ["storage = x", /^\/user\.conf:1: "storage = x": not an absolute path$/],
  ["storage = /$NONE", /^\/user\.conf:1: \$NONE is not set$/],
  ["storage =", /^\/user\.conf:1: "storage =": no value$/],
  ["fixed storage = /x", /^\/user\.conf:1: "fixed" is for the files of the site$/],
  ["ch-image.colour = red", /^\/user\.conf:1: unknown key "ch-image\.colour"$/],
];

for (const [user, refusal] of REFUSED) {
  test(`"${user}" is refused`, () => {
    assert.throws(() => read({ user }), refusal);
  });
}

test("keys of ch-run are no matter of front ends, nor what only newer versions know", () => {
  assert.is(
    read({ user: "bind = x\nif-known ch-image.colour = red" }).choose("storage"),
    undefined,
  );
});

test.run();
