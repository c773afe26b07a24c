/** The commands of doc/guide/tutorial.md, to be run as they stand there. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { chImage } from "./ch-image.ts";
import { assertDone } from "./refusal.ts";
import { startRegistry } from "./registry.ts";
import { directoryImage } from "./root-image.ts";

const NAME = "debian:12";
const page = join(process.env["CH_SOURCE_DIR"] ?? ".", "doc/guide/tutorial.md");

/** What stands in the blocks below headings, for another image; ends at the first error. */
export function tutorialScript(image: string, headings: readonly string[]): string {
  const sections = readFileSync(page, "utf8").split(/^## /m).slice(1);
  const blocks = headings.flatMap((heading) => {
    const section = sections.find((text) => text.startsWith(`${heading}\n`));
    const found = [...(section ?? "").matchAll(/^```sh\n(.*?)^```$/gms)].map(([, text]) => text);
    assert.ok(found.length > 0, heading);
    return found;
  });
  const script = blocks.join("").replace(`IMAGE=${NAME}\n`, `IMAGE=${image}\n`);
  return `set -e\n${script}`;
}

/** A registry with a small image; returns its name there. */
export async function tutorialImage(folder: string): Promise<string> {
  const image = `${await startRegistry()}/${NAME}`;
  assertDone(chImage(folder, "push", "--quiet", `--image=${directoryImage()}`, image));
  return image;
}
