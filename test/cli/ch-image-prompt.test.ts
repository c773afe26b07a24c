/** A registry that wants a login nobody has noted: ch-image asks at a real terminal, and there only. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { makeCertificate } from "../helpers/certificate.ts";
import { chImage, chImageWith } from "../helpers/ch-image.ts";
import { launchAny } from "../helpers/ch-run.ts";
import { withFolder } from "../helpers/folder.ts";
import { makeTree, putTree } from "../helpers/layer.ts";
import { type Act, onTerminal } from "../helpers/on-terminal.ts";
import { ownFolder } from "../helpers/own-folder.ts";
import { installed } from "../helpers/program.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { HAS_REGISTRY, NO_REGISTRY, startRegistry } from "../helpers/registry.ts";
import { Repository } from "../helpers/registry-content.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";
import { startTokenServer } from "../helpers/token-server.ts";

const registryTest = testIf(HAS_REGISTRY, NO_REGISTRY);

async function prepare(): Promise<{ readonly open: string; readonly registry: string }> {
  const open = await startRegistry();
  const repository = new Repository(open, "test/secret");
  const layer = await putTree(repository, makeTree(join(ownFolder(), "tree"), { x: "y" }));
  await repository.putImage([layer], { tag: "latest" });
  return { open, registry: await startRegistry({ login: "password" }) };
}

const { open, registry } = HAS_REGISTRY ? await prepare() : { open: "", registry: "" };
const NAME = `${registry}/test/secret`;
const ANSWERS: readonly Act[] = [
  [`user name at ${registry}: `, "test\\n"],
  [`password of test at ${registry}: `, "testpw\\n"],
];

/** Run ch-image at a terminal; what it has said. */
function atTerminal(folder: string, acts: readonly Act[], ...args: readonly string[]): string {
  const words = ["env", `HOME=${folder}`, `CH_IMAGE_STORAGE=${folder}/storage`];
  return onTerminal(acts, [...words, installed("ch-image"), ...args]).stdout.replaceAll("\r", "");
}

registryTest("pull and push ask once for what nobody has noted, and do not show the password", () =>
  withFolder((folder) => {
    const pulled = atTerminal(folder, ANSWERS, "pull", NAME, "mine");
    assert.match(pulled, /mine:latest: sha256:/);
    const pushed = atTerminal(folder, ANSWERS, "push", "mine", `${registry}/test/once`);
    assert.match(pushed, /\/test\/once:latest: sha256:.* taken over/);
    for (const output of [pulled, pushed]) {
      assert.not.match(output, /testpw/);
      assert.is(output.split("password of").length, 2);
    }
    assert.not(existsSync(join(folder, ".config")));
  }),
);

registryTest("--password-many asks for each thing that a login is needed for", () =>
  withFolder((folder) => {
    assert.match(atTerminal(folder, ANSWERS, "pull", NAME, "mine"), /mine:latest: sha256:/);
    // Taking a layer over from another repository is one right, and the rest of a push another.
    const acts = [...ANSWERS, ...ANSWERS];
    const args = ["push", "--password-many", "--jobs=1", "mine", `${registry}/test/many`];
    const pushed = atTerminal(folder, acts, ...args);
    assert.match(pushed, /\/test\/many:latest: sha256:/);
    assert.is(pushed.split("password of").length, 3);
  }),
);

registryTest("a wrong answer is refused by the registry, and is no question again", () =>
  withFolder((folder) => {
    const wrong: readonly Act[] = [ANSWERS[0] ?? ["", ""], ["password of ", "no\\n"]];
    const output = atTerminal(folder, wrong, "pull", NAME);
    assert.match(output, /error: registry ".*" does not let us in with the login it was given$/m);
  }),
);

registryTest("nobody is asked without a terminal, or where the registry wants no login", () =>
  withFolder((folder) => {
    assertRefused(chImage(folder, "pull", NAME), 1, `registry "${registry}" wants a login`);
    const output = atTerminal(folder, [], "pull", "--auth", `${open}/test/secret`, "mine");
    assert.match(output, /mine:latest: sha256:/);
  }),
);

registryTest("$CH_IMAGE_AUTH=yes logs in also where anybody may read", () =>
  withFolder(async (folder) => {
    const certificate = makeCertificate("DNS:localhost");
    const { realm, askers } = await startTokenServer(certificate);
    const name = `${await startRegistry({ login: { realm, certificate } })}/test/secret`;
    const login = { CH_IMAGE_USERNAME: "test", CH_IMAGE_PASSWORD: "testpw" };
    const env = { HOME: folder, CH_IMAGE_STORAGE: join(folder, "storage"), ...login };
    for (const [value, asker] of [
      ["no", "nobody"],
      ["", "nobody"],
      ["yes", "test"],
    ] as const) {
      askers.length = 0;
      const settings = { env: { ...env, CH_IMAGE_AUTH: value } };
      const pull = launchAny(installed("ch-image"), ["pull", name, `from-${asker}`], settings);
      assertDone(await pull.ended);
      assert.equal([...new Set(askers)], [asker]);
    }
    const outcome = chImageWith(folder, { CH_IMAGE_AUTH: "1" }, "pull", name);
    assertRefused(outcome, 2, '$CH_IMAGE_AUTH is "yes" or "no", not "1"');
  }),
);

runConditional();
