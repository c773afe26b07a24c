import { test } from "uvu";
import * as assert from "uvu/assert";
import { costText } from "../../../../lib/convert/startup/pack.ts";
import { parseProfile } from "../../../../lib/convert/startup/profile.ts";

test("parseProfile() keeps the order, drops what comes again, and comments and empty lines", () => {
  const text = "# first use\n/bin/sh\n\n/lib/libc.so.6\n/bin/sh\n/with space \n";
  assert.equal(parseProfile(text), ["/bin/sh", "/lib/libc.so.6", "/with space "]);
});

test("parseProfile() names the line that is no path", () => {
  assert.throws(() => parseProfile("/bin/sh\nbin/ls\n"), /^line 2 is not an absolute path$/);
});

test("costText() says what the image is larger by", () => {
  const cost = { asIs: 9 * 2 ** 20, compressed: 3 * 2 ** 20 };
  assert.is(
    costText(23, cost, 66 * 2 ** 20),
    "23 files stored uncompressed: 9.0 MiB instead of 3.0 MiB, the image is 10% larger",
  );
  assert.match(costText(1, cost, 66 * 2 ** 20), /^1 file stored/);
});

test.run();
