/** ch-convert makes the same SquashFS file of the same input: later, elsewhere, by more threads. */
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runLimited } from "../helpers/ch-run.ts";
import { withFolder } from "../helpers/folder.ts";
import { makeImage, makeNoise } from "../helpers/image.ts";
import { makeTree, makeTrees } from "../helpers/layer.ts";
import { Layout } from "../helpers/layout.ts";
import { oldMksquashfs } from "../helpers/old-mksquashfs.ts";
import { installed, must, runAny } from "../helpers/program.ts";
import { assertDone } from "../helpers/refusal.ts";
import { HAS_REGISTRY, NO_REGISTRY, startRegistry } from "../helpers/registry.ts";
import { makeSif } from "../helpers/sif.ts";

type Environment = Readonly<Record<string, string>>;

function convert(folder: string, args: readonly string[], more: Environment = {}): void {
  const env = { CH_IMAGE_STORAGE: join(folder, "storage"), TMPDIR: folder, ...more };
  assertDone(runLimited(installed("ch-convert"), args, { env, cwd: folder }));
}

/** Enough for several blocks, fragments and threads. */
function makeLargeImage(path: string): string {
  const image = makeImage(path);
  makeNoise(join(image, "noise"), 4);
  const small = Array.from({ length: 70 }, (_, index) => [`small/${index % 7}/${index}`, "x"]);
  makeTree(image, Object.fromEntries(small));
  must("ln", join(image, "noise"), join(image, "small/link"));
  return image;
}

/** Inputs in all formats that files hold; what is made by tar(1) has no member for its root. */
function makeInputs(folder: string): string[] {
  const image = makeLargeImage(join(folder, "image"));
  must("sh", "-c", 'cd "$1" && find * -type f | tar -cf ../implied.tar -T -', "sh", image);
  must("sh", "-c", 'cd "$1" && tar -czf ../rooted.tar.gz .', "sh", image);
  const layout = new Layout(join(folder, "layout"));
  layout.add([...makeTrees(join(folder, "trees")), image], "any");
  must("mksquashfs", image, join(folder, "in.sqfs"), "-quiet", "-no-progress", "-all-root");
  makeSif(join(folder, "in.sqfs"), join(folder, "in.sif"));
  convert(folder, ["layout", "docker-archive:docker.tar"]);
  convert(folder, ["layout", "oci-archive:oci.tar"]);
  convert(folder, ["layout", "ch-image:stored"]);
  const files = ["image", "implied.tar", "rooted.tar.gz", "layout", "in.sif"];
  return [...files, "docker.tar", "oci.tar", "stored"];
}

async function withRegistry(folder: string): Promise<string[]> {
  if (!HAS_REGISTRY) {
    console.log(`SKIP: ${NO_REGISTRY}`);
    return [];
  }
  const name = `docker://${await startRegistry()}/some/image`;
  convert(folder, ["layout", name]);
  return [name];
}

/** Of each input an image in a folder, in order. */
function convertAll(
  folder: string,
  inputs: readonly string[],
  { args = [], env = {} }: { args?: readonly string[]; env?: Environment },
): Buffer[] {
  return inputs.map((input) => {
    convert(folder, [...args, input, "made.sqfs"], env);
    return readFileSync(join(folder, "made.sqfs"));
  });
}

function assertSame(
  inputs: readonly string[],
  one: readonly Buffer[],
  two: readonly Buffer[],
): void {
  const differing = inputs.filter((_, index) => !one[index]?.equals(two[index] ?? Buffer.of()));
  assert.equal(differing, []);
}

test("the same input makes the same bytes, of each format", () =>
  withFolder(async (folder) => {
    const inputs = [...makeInputs(folder), ...(await withRegistry(folder))];
    const one = convertAll(folder, inputs, { args: ["-j1"] });
    const prepared = ["image", "in.sqfs", "rooted.tar.gz"];
    const onePrepared = convertAll(folder, prepared, { args: ["-j1", "-q", "--prepare"] });
    must("sleep", "1.1");
    mkdirSync(join(folder, "elsewhere"));
    const env = { TMPDIR: join(folder, "elsewhere") };
    assertSame(inputs, one, convertAll(folder, inputs, { args: ["-j4"], env }));
    const twoPrepared = convertAll(folder, prepared, { args: ["-j4", "-q", "--prepare"], env });
    assertSame(prepared, onePrepared, twoPrepared);
  }));

test("so it is where mksquashfs cannot read archives", () =>
  withFolder((folder) => {
    makeInputs(folder);
    const inputs = ["implied.tar", "layout"];
    const env = oldMksquashfs(folder);
    const one = convertAll(folder, inputs, { args: ["-j1"], env });
    must("sleep", "1.1");
    assertSame(inputs, one, convertAll(folder, inputs, { args: ["-j4"], env }));
  }));

test("the newest time in it is the image's, or that of $SOURCE_DATE_EPOCH", () =>
  withFolder((folder) => {
    const image = makeImage(join(folder, "image"));
    const newest = must("sh", "-c", 'find "$1" -printf "%T@\\n" | sort -n | tail -1', "sh", image);
    must("tar", "-C", image, "-cf", join(folder, "a.tar"), ".");
    for (const input of ["image", "a.tar"]) {
      convert(folder, [input, "a.sqfs"]);
      assert.is(madeAt(join(folder, "a.sqfs")), Math.floor(Number(newest)), input);
      convert(folder, [input, "a.sqfs"], { SOURCE_DATE_EPOCH: "1000000000" });
      assert.is(madeAt(join(folder, "a.sqfs")), 1000000000, input);
    }
  }));

function madeAt(image: string): number {
  return readFileSync(image).readUInt32LE(8);
}

test("the root of an archive keeps its mode", () =>
  withFolder((folder) => {
    const image = makeImage(join(folder, "image"));
    must("chmod", "751", image);
    must("tar", "-C", image, "-cf", join(folder, "a.tar"), ".");
    convert(folder, ["a.tar", "a.sqfs"]);
    const { stdout } = runAny("unsquashfs", ["-lls", "-max-depth", "0", join(folder, "a.sqfs")]);
    assert.match(stdout, /^drwxr-x--x .* squashfs-root$/m);
  }));

test.run();
