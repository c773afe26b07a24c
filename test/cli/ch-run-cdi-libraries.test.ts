/** ch-run --cdi: programs find libraries that devices bring, by the dynamic linker's cache. */
import { chmodSync, copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Edits, hook, KIND, writeSpecification } from "../helpers/cdi.ts";
import { chRun, shell } from "../helpers/ch-run.ts";
import { withFolder } from "../helpers/folder.ts";
import { helper } from "../helpers/native-helper.ts";
import { messages, must, type Outcome, runAny } from "../helpers/program.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { makeRoot, makeSquashImage, squashWay } from "../helpers/root-image.ts";
import { testIf } from "../helpers/test-if.ts";

const FOLDER = "/opt/driver/lib";
const LDCONFIG = ["/sbin/ldconfig", "/sbin/ldconfig.real"].filter(existsSync);
const LIBRARIES = runAny("ldd", [helper("cdi-call")]).stdout.match(/\/\S+(?= \(0x)/g) ?? [];
const CAN_RUN = LDCONFIG.length > 0 && LIBRARIES.some((library) => library.includes("libc.so.6"));

const testGlibc = testIf(CAN_RUN, "no glibc here, or no ldconfig");
const testSquash = testIf(CAN_RUN && squashWay !== "impossible", "no SquashFS image");

/** An image with the dynamic linker, ldconfig and the program that calls the library. */
function makeImage(folder: string): string {
  const image = makeRoot(join(folder, "image"));
  for (const file of LIBRARIES) copyInto(image, file, file);
  for (const file of LDCONFIG) copyInto(image, file, file);
  copyInto(image, helper("cdi-call"), "/usr/bin/cdi-call");
  return image;
}

function copyInto(image: string, file: string, path: string): void {
  mkdirSync(join(image, dirname(path)), { recursive: true });
  copyFileSync(file, join(image, path));
}

const EDITS: Edits = {
  mounts: [
    {
      hostPath: helper("cdi-library.so"),
      containerPath: `${FOLDER}/libcuda.so.575.1`,
      options: ["ro", "nosuid", "nodev", "bind"],
    },
  ],
  hooks: [
    hook("create-symlinks", "--link", `libcuda.so.1::${FOLDER}/libcuda.so`),
    hook("enable-cuda-compat", "--host-driver-version=575.57.08"),
    hook("update-ldcache", "--folder", FOLDER),
  ],
};

/** The arguments of ch-run that come before the image. */
function options(folder: string): readonly string[] {
  writeSpecification(join(folder, "specs"), "a.json", { containerEdits: EDITS });
  return [`--cdi=${KIND}`, `--cdi-dirs=${folder}/specs`];
}

function call(folder: string, image: string, ...more: readonly string[]): Outcome {
  return chRun([...options(folder), ...more, image, "--", "cdi-call", "libcuda.so.1"]);
}

testGlibc("without its directory in the cache the library is not found", () =>
  withFolder((folder) => {
    const bind = `--bind=${helper("cdi-library.so")}:${FOLDER}/libcuda.so.1`;
    const { stdout } = chRun([bind, makeImage(folder), "--", "cdi-call", "libcuda.so.1"]);
    assert.is(stdout, "not found\n");
  }),
);

testGlibc("ch-run --cdi: a library is found by its name, in a read-only directory", () =>
  withFolder((folder) => {
    const image = makeImage(folder);
    assert.is(assertDone(call(folder, image)), "575\n");
    assert.is(assertDone(call(folder, image, "--uid=0", "--gid=0", "--write-fake")), "575\n");
    assert.not(existsSync(join(image, "etc/ld.so.cache")));
    assert.not(existsSync(join(image, "opt/driver")));
  }),
);

testSquash("ch-run --cdi: a library is found by its name, in a SquashFS image", () =>
  withFolder((folder) => {
    const image = makeSquashImage(makeImage(folder), join(folder, "image.sqfs"));
    if (squashWay === "unpacked") chRun([image, "--", "true"]);
    assert.is(assertDone(call(folder, image)), "575\n");
    assert.is(assertDone(call(folder, image)), "575\n");
  }),
);

testGlibc("ch-run --cdi: what the image has in the cache already stays there", () =>
  withFolder((folder) => {
    const image = makeImage(folder);
    copyInto(image, helper("cdi-library.so"), "/srv/lib/libother.so.1");
    mkdirSync(join(image, "etc"), { recursive: true });
    writeFileSync(join(image, "etc/ld.so.conf"), "/srv/lib\n");
    const script = `cdi-call libcuda.so.1; cdi-call ${FOLDER}/libcuda.so; ls /srv/lib`;
    const outcome = chRun([...options(folder), image, "--", "sh", "-c", script]);
    assert.is(assertDone(outcome), "575\n575\nlibcuda.so.1\nlibother.so.1\n");
  }),
);

/** A newer CUDA in the image is found first, if it is newer than the driver. */
for (const [version, answer] of [
  ["580.1", "580"],
  ["570.1", "575"],
] as const) {
  testGlibc(`ch-run --cdi: with libcuda ${version} in the image, ${answer} is found`, () =>
    withFolder((folder) => {
      const image = makeImage(folder);
      copyInto(image, helper("cdi-newer.so"), `/usr/local/cuda/compat/libcuda.so.${version}`);
      assert.is(assertDone(call(folder, image)), `${answer}\n`);
    }),
  );
}

testGlibc("ch-run --cdi: who ignores the end of children gets the command all the same", () =>
  withFolder((folder) => {
    const image = makeImage(folder);
    const script = `trap "" CHLD; exec "$0" "$@"`;
    const words = [...options(folder), image, "--", "cdi-call", "libcuda.so.1"];
    assert.is(assertDone(shell(script, words)), "575\n");
  }),
);

testGlibc("ch-run --cdi: an image without ldconfig is warned of", () =>
  withFolder((folder) => {
    const image = makeImage(folder);
    for (const file of LDCONFIG) rmSync(join(image, file));
    const { status, stderr } = call(folder, image, `--set-env=LD_LIBRARY_PATH=${FOLDER}`);
    const [warning = "", ...others] = messages(stderr);
    assert.equal([status, others], [1, []]);
    assert.match(warning, `warning: image "${image}" has no /sbin/ldconfig: a library in`);
  }),
);

const FAILURES: readonly (readonly [script: string, reason: string | RegExp])[] = [
  ["#!/bin/sh\necho 'no room' >&2\nexit 3\n", "no room"],
  ["#!/bin/sh\nexit 3\n", "ldconfig gives no reason"],
  ["#!/bin/sh\nkill -9 $$\n", "ldconfig was ended by signal 9"],
  [
    "#!/no/such\n",
    'cannot run "/sbin/ldconfig": it, or its interpreter, is not one for this machine',
  ],
];

for (const [script, reason] of FAILURES) {
  testGlibc(`ch-run --cdi: an ldconfig that fails is an error: ${reason}`, () =>
    withFolder((folder) => {
      const image = makeImage(folder);
      const file = join(image, "sbin/ldconfig");
      must("rm", file);
      writeFileSync(file, script);
      chmodSync(file, 0o755);
      const what = `cannot make the cache of libraries of image "${image}"`;
      assertRefused(call(folder, image), 31, `${what}: ${reason}`);
    }),
  );
}

test.run();
