/** What the page on storage says of its parts: which may be deleted by hand, and what brings back others. */
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { chImage, runStored } from "../helpers/ch-image.ts";
import { withFolder } from "../helpers/folder.ts";
import { assertDone } from "../helpers/refusal.ts";
import { HAS_REGISTRY, NO_REGISTRY } from "../helpers/registry.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";
import { tutorialImage } from "../helpers/tutorial.ts";

const testStorage = testIf(HAS_REGISTRY, NO_REGISTRY);
const page = join(process.env["CH_SOURCE_DIR"] ?? ".", "doc/guide/storage.md");

/** The rows of its table: names, and what it says of deleting them. */
function rows(): readonly (readonly [string, string])[] {
  const lines = [...readFileSync(page, "utf8").matchAll(/^\| (`.*?) +\|.*\| (.*?) *\|$/gm)];
  return lines.flatMap(([, names = "", text = ""]) =>
    [...names.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => [name, text] as const),
  );
}

function assertWhole(folder: string, image: string): void {
  assertDone(chImage(folder, "check"));
  assert.match(assertDone(runStored(folder, image, "--", "cat", "/etc/os-release")), "ID=");
}

testStorage("what the page says may be deleted may be, while no image is lost", () =>
  withFolder(async (folder) => {
    const image = await tutorialImage(folder);
    assertDone(chImage(folder, "pull", "--quiet", image));
    const names = rows().filter(([name, text]) => text.startsWith("yes") && name !== "img/");
    assert.equal(
      names.map(([name]) => name),
      ["deleted/", "unpacked/", "tmp/", "locks/", "form"],
    );
    for (const [name] of names) {
      rmSync(join(folder, "storage", name), { recursive: true, force: true });
    }
    assertWhole(folder, image);
    assertDone(chImage(folder, "tag", image, "again"));
    assertDone(chImage(folder, "delete", "again"));
    assertDone(chImage(folder, "gc", "--now"));
    assertWhole(folder, image);
  }),
);

testStorage("an image whose file in img/ was deleted is garbage", () =>
  withFolder(async (folder) => {
    const image = await tutorialImage(folder);
    assertDone(chImage(folder, "pull", "--quiet", image));
    rmSync(join(folder, "storage/img"), { recursive: true });
    assertDone(chImage(folder, "gc", "--now"));
    for (const name of ["blobs/sha256", "layers"]) {
      assert.equal(readdirSync(join(folder, "storage", name)), []);
    }
  }),
);

testStorage("what the page says check --repair brings back comes back", () =>
  withFolder(async (folder) => {
    const image = await tutorialImage(folder);
    assertDone(chImage(folder, "pull", "--quiet", image));
    const names = rows().filter(([, text]) => text.includes("check --repair"));
    assert.equal(
      names.map(([name]) => name),
      ["oci-layout", "index.json", "blobs/sha256/", "layers/"],
    );
    for (const [name] of names) rmSync(join(folder, "storage", name), { recursive: true });
    assert.is(chImage(folder, "check", "--repair").status, 0);
    assertWhole(folder, image);
  }),
);

runConditional();
