/** Open files: a command gets those of ch-run's caller, neither more nor fewer. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { shell } from "../helpers/ch-run.ts";
import { withFolder } from "../helpers/folder.ts";
import { test } from "../helpers/kernel.ts";
import { images } from "../helpers/root-image.ts";

/** Writes to /tmp/out which of the descriptors 0 to 9 are open; to find out, it opens nothing. */
const LIST =
  "for fd in 0 1 2 3 4 5 6 7 8 9; do [ ! -e /proc/$$/fd/$fd ] || open=$open$fd; done;" +
  "echo $open >/tmp/out";

/** Redirections of ch-run, and the descriptors that its command has. */
const CASES: readonly (readonly [string, string])[] = [
  ["", "012"],
  ["<&-", "12"],
  [">&-", "02"],
  ["2>&-", "01"],
  ["<&- >&-", "2"],
  ["<&- 2>&-", "1"],
  [">&- 2>&-", "0"],
  ["<&- >&- 2>&-", ""],
  ["5</dev/null", "0125"],
  ["3</dev/null 4>/dev/null 9</", "012349"],
  ["<&- 3</dev/null", "123"],
];

/** Close what the test's own caller has left open, then run ch-run with `redirections`. */
function openIn(
  image: string,
  redirections: string,
  ...options: readonly string[]
): Promise<string> {
  let found = "";
  return withFolder((folder) => {
    const own = "exec 3<&- 4<&- 5<&- 6<&- 7<&- 8<&- 9<&-; out=$1 image=$2 list=$3; shift 3";
    const run = `TMPDIR=$out "$0" "$@" "$image" -- sh -c "$list" ${redirections}`;
    const outcome = shell(`${own}; ${run}`, [folder, image, LIST, ...options]);
    assert.is(outcome.status, 0, outcome.stderr);
    found = readFileSync(join(folder, "out"), "utf8").trim();
  }).then(() => found);
}

for (const [kind, image] of images()) {
  for (const [redirections, expected] of CASES) {
    const title = redirections || "no redirections";
    test(`with ${title}, a command in a ${kind} has the descriptors ${expected}`, async () => {
      assert.is(await openIn(image, redirections), expected);
    });
  }

  test(`-vv and --write-fake leave a command in a ${kind} no descriptors either`, async () => {
    const options = ["-vv", "--write-fake", "--set-env=A=b", "--bind=/etc:/mnt", "--uid=0"];
    assert.is(await openIn(image, "", ...options), "012");
  });
}

test.run();
