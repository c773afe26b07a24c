/** The whole tutorial, with real jobs on 2 nodes. As root: `make check-root`. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import * as assert from "uvu/assert";
import { installed, must } from "../helpers/program.ts";
import { HAS_REGISTRY, NO_REGISTRY } from "../helpers/registry.ts";
import { noSlurm, SLURM_USER, withCluster } from "../helpers/slurm.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";
import { tutorialImage, tutorialScript } from "../helpers/tutorial.ts";

const reason = noSlurm() ?? (HAS_REGISTRY ? undefined : NO_REGISTRY);
const testSlurm = testIf(reason === undefined, reason ?? "");

const HEADINGS = [
  "Can this host run containers?",
  "Pull",
  "Convert",
  "Run under Slurm",
  "Clean up",
];

const PROGRAMS = ["ch-checkns", "ch-convert", "ch-image"];

testSlurm("the tutorial works when it is pasted", () =>
  withCluster(async (cluster) => {
    const bin = dirname(cluster.program);
    const stage = dirname(installed("ch-run"));
    for (const name of PROGRAMS) must("cp", "-P", join(stage, name), bin);
    const home = join(bin, "home");
    must("install", "-d", "-o", SLURM_USER, home);
    const before = `
      HOME=${home} CH_IMAGE_STORAGE=${home}/storage PATH=${bin}:$PATH
      export HOME CH_IMAGE_STORAGE PATH
      `;
    const image = await tutorialImage(dirname(bin));
    const script = before + tutorialScript(image, HEADINGS);
    const { status, stdout, stderr } = await cluster.start("sh", "-c", script).ended;
    assert.is(status, 0, stderr);
    const ranks = [...stdout.matchAll(/^rank (\d) of 4$/gm)].map(([, rank]) => rank);
    assert.equal(ranks.sort(), ["0", "0", "1", "1", "2", "2", "3", "3"]);
    assert.not(existsSync(join(home, "tutorial")));
  }),
);

runConditional();
