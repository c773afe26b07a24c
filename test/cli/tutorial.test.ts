/** The tutorial, as far as it needs no cluster. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import * as assert from "uvu/assert";
import { launchAny } from "../helpers/ch-run.ts";
import { withFolder } from "../helpers/folder.ts";
import { installed } from "../helpers/program.ts";
import { HAS_REGISTRY, NO_REGISTRY } from "../helpers/registry.ts";
import { squashWay } from "../helpers/root-image.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";
import { tutorialImage, tutorialScript } from "../helpers/tutorial.ts";

const why = HAS_REGISTRY ? "no SquashFS images here" : NO_REGISTRY;
const testTutorial = testIf(HAS_REGISTRY && squashWay !== "impossible", why);

const HEADINGS = ["Can this host run containers?", "Pull", "Convert", "Clean up"];

testTutorial("what the tutorial says works when it is pasted, up to the jobs", () =>
  withFolder(async (folder) => {
    const image = await tutorialImage(folder);
    const path = `${dirname(installed("ch-run"))}:${process.env["PATH"]}`;
    const env = { CH_IMAGE_STORAGE: join(folder, "storage"), HOME: folder, PATH: path };
    const script = tutorialScript(image, HEADINGS);
    const { status, stdout, stderr } = await launchAny("sh", ["-c", script], { env }).ended;
    assert.is(status, 0, stderr);
    assert.match(stdout, `${image}\n`);
    assert.match(stdout, "VARIANT_ID=charliecloud\n");
    assert.match(stdout, /^hello from \S/m);
    assert.not(existsSync(join(folder, "tutorial")));
  }),
);

runConditional();
