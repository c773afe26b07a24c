/** The host's own root directory as image: ch-run /. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { chRun } from "../helpers/ch-run.ts";
import { withFolder } from "../helpers/folder.ts";
import { must } from "../helpers/program.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";

const WAYS: readonly (readonly string[])[] = [
  ["/"],
  ["/usr/.."],
  ["--no-passwd", "/"],
  ["--write", "/"],
  ["--private-tmp", "/"],
];

for (const way of WAYS) {
  test(`ch-run ${way.join(" ")} shows the host's files`, () =>
    withFolder((folder) => {
      writeFileSync(join(folder, "file"), "on the host\n");
      const script = `cat ${folder}/file; ls /`;
      const outcome = chRun([...way, "--", "sh", "-c", script]);
      assert.is(assertDone(outcome), `on the host\n${must("ls", "/")}`);
    }));
}

test("ch-run / is read-only, with the file systems below, and has a passwd of its own", () =>
  withFolder((folder) => {
    const script = `(echo x >${folder}/new); (echo x >/etc/new); id -un`;
    const { status, stdout, stderr } = chRun(["--uid=65534", "/", "--", "sh", "-c", script]);
    assert.is(stderr.match(/Read-only file system|Permission denied/g)?.length, 2, stderr);
    assert.equal([status, stdout], [0, "nobody\n"]);
    assert.is(must("ls", folder), "");
  }));

test("ch-run --bind shows something else at a place of the host", () =>
  withFolder((folder) => {
    writeFileSync(join(folder, "file"), "bound\n");
    const outcome = chRun([`--bind=${folder}:/mnt`, "/", "--", "cat", "/mnt/file"]);
    assert.is(assertDone(outcome), "bound\n");
  }));

for (const option of ["--write-fake", "--bind=/usr:/no/such/place/here"]) {
  test(`ch-run ${option} / is refused: there can be no overlay`, () => {
    const error = /^error: cannot put an overlay on the host's root directory: /;
    assertRefused(chRun([option, "/", "--", "true"]), 31, error);
  });
}

test.run();
