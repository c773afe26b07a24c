import { chmodSync, lstatSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openToOwner } from "../../../lib/convert/permissions.ts";
import { withFolder } from "../../helpers/folder.ts";

test("openToOwner() opens what is closed and takes setuid away", () =>
  withFolder((tree) => {
    const odd = Buffer.concat([Buffer.from(`${tree}/sub/`), Buffer.from([0xff, 0xfe])]);
    mkdirSync(join(tree, "sub"));
    writeFileSync(odd, "");
    writeFileSync(join(tree, "sub/suid"), "");
    symlinkSync("/no/such", join(tree, "link"));
    chmodSync(odd, 0);
    chmodSync(join(tree, "sub/suid"), 0o4755);
    chmodSync(join(tree, "sub"), 0o1055);
    openToOwner(tree);
    const modes = [odd, join(tree, "sub/suid"), join(tree, "sub")].map(
      (path) => lstatSync(path).mode,
    );
    assert.equal(
      modes.map((mode) => mode & 0o7777),
      [0o600, 0o755, 0o1755],
    );
  }));

test.run();
