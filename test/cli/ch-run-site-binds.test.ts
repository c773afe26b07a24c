/** Default binds of clusters: MUNGE's socket, and the directories of Cray's interconnect and ALPS. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { runLimited } from "../helpers/ch-run.ts";
import { withFolder } from "../helpers/folder.ts";
import { installed, runAny } from "../helpers/program.ts";
import { assertDone } from "../helpers/refusal.ts";
import { makeRoot } from "../helpers/root-image.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";

const PLACES: readonly string[] = [
  "/var/run/munge",
  "/var/lib/hugetlbfs",
  "/var/opt/cray/alps/spool",
  "/opt/cray/wlm_detect",
  "/opt/cray/alps",
  "/opt/cray/udreg",
  "/opt/cray/ugni",
  "/opt/cray/xpmem",
  "/opt/cray/dmapp",
  "/etc/opt/cray/wlm_detect",
  "/var/spool/alps",
];

/** A host of that kind, in namespaces of its own: $1 is a place, the rest a command. */
const HOST = `
  for top in /opt /etc/opt /run /var/lib /var/opt /var/spool; do
    [ ! -d $top ] || mount -t tmpfs none $top || exit 98
  done
  mkdir -p "$1" && echo "the host's" >"$1/sign" || exit 98
  shift; exec "$@"`;

const canSetUp = runAny("unshare", ["-Urm", "sh", "-c", HOST, "sh", "/opt/x", "true"]).status === 0;

function runOn(place: string, image: string, script: string) {
  const command = [installed("ch-run"), image, "--", "sh", "-c", script, place];
  return runLimited("unshare", ["-Urm", "sh", "-c", HOST, "sh", place, ...command], {});
}

for (const place of PLACES) {
  const canMake = runAny("unshare", ["-Urm", "sh", "-c", HOST, "sh", place, "true"]).status === 0;

  testIf(canSetUp && canMake, "such a host cannot be set up here")(
    `the host's ${place} is in a container that has that directory, and is not made in others`,
    () =>
      withFolder((folder) => {
        const image = makeRoot(join(folder, "image"));
        const look = 'cat "$0/sign" 2>&- || echo none';
        assert.is(assertDone(runOn(place, image, look)), "none\n");
        mkdirSync(join(image, place), { recursive: true });
        assert.is(assertDone(runOn(place, image, look)), "the host's\n");
      }),
  );
}

runConditional();
