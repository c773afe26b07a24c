import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  chooseTarCompression,
  makeSettings,
  parseBlockSize,
  parseJobs,
  parseSquashCompression,
} from "../../../lib/convert/settings.ts";
import { Storage } from "../../../lib/store/storage.ts";
import { withVariable } from "../../helpers/variable.ts";

const COMPRESSIONS: readonly (readonly [string, string, number | undefined])[] = [
  ["zstd", "zstd", 3],
  ["zstd:22", "zstd", 22],
  ["gzip", "gzip", 6],
  ["gzip:1", "gzip", 1],
  ["lzo:9", "lzo", 9],
  ["lz4", "lz4", undefined],
  ["xz", "xz", undefined],
];

for (const [text, compressor, level] of COMPRESSIONS) {
  test(`parseSquashCompression() understands ${text}`, () => {
    assert.equal(parseSquashCompression(text), { compressor, level });
  });
}

for (const text of [
  "",
  "bzip2",
  "none",
  "zstd:0",
  "zstd:23",
  "zstd:",
  "gzip:10",
  "xz:6",
  "lz4:1",
  "ZSTD",
]) {
  test(`parseSquashCompression() refuses "${text}"`, () => {
    assert.throws(() => parseSquashCompression(text), /cannot compress SquashFS with/);
  });
}

const SIZES: readonly (readonly [string, number])[] = [
  ["4096", 4096],
  ["4K", 4096],
  ["128K", 131072],
  ["131072", 131072],
  ["1M", 1048576],
  ["1024k", 1048576],
];

for (const [text, bytes] of SIZES) {
  test(`parseBlockSize() understands ${text}`, () => {
    assert.is(parseBlockSize(text), bytes);
  });
}

for (const text of ["", "0", "2K", "2M", "5000", "-4096", "4096.0", "1G", "K", "0x1000"]) {
  test(`parseBlockSize() refuses "${text}"`, () => {
    assert.throws(() => parseBlockSize(text), /invalid block size/);
  });
}

test("parseJobs() wants a number from 1 on", () => {
  assert.is(parseJobs("16"), 16);
  for (const text of ["", "0", "-1", "two", "1.5"]) {
    assert.throws(() => parseJobs(text), /invalid number of jobs/);
  }
});

test("chooseTarCompression() follows the name", () => {
  assert.is(chooseTarCompression("/x.gz/a.tar.zst", undefined), "zstd");
  assert.is(chooseTarCompression("a.tar", undefined), "none");
  assert.is(chooseTarCompression("a", undefined), "none");
});

test("chooseTarCompression() follows the wish where the name says nothing", () => {
  assert.is(chooseTarCompression("a", "xz"), "xz");
  assert.is(chooseTarCompression("a.tar.xz", "xz"), "xz");
});

test("chooseTarCompression() refuses a wish that the name contradicts", () => {
  assert.throws(() => chooseTarCompression("a.tar.gz", "xz"), /contradicts the name/);
  assert.throws(() => chooseTarCompression("a.tar", "gzip"), /contradicts the name/);
});

test("chooseTarCompression() refuses what tar cannot have", () => {
  assert.throws(() => chooseTarCompression("a", "lzo"), /cannot compress a tar archive/);
  assert.throws(() => chooseTarCompression("a", "gzip:9"), /cannot compress a tar archive/);
});

test("makeSettings() names every default", () => {
  const storage = new Storage("/var/tmp/some.ch");
  const access = { plainHttp: true, verifyTls: true, authFirst: false, caFile: undefined };
  const registry = { ...access, env: {} };
  const wishes = { xattrs: true, arch: "arm64", storage, registry };
  const { temporary, ...rest } = makeSettings("x.sqfs", "squash", wishes);
  assert.equal(rest, {
    xattrs: true,
    tarCompression: "none",
    squashCompression: { compressor: "zstd", level: 3 },
    blockSize: 131072,
    layerCompression: "gzip",
    platform: { os: "linux", architecture: "arm64" },
    registry,
    storage,
    jobs: undefined,
    preparation: undefined,
  });
  assert.type(temporary, "string");
});

test("makeSettings() refuses to prepare what is no SquashFS image", () => {
  for (const kind of ["dir", "tar"] as const) {
    const wishes = { xattrs: true, preparation: {} };
    assert.throws(() => makeSettings("x", kind, wishes), /are for SquashFS output only$/);
  }
});

test("makeSettings() refuses options that mean nothing for the output", () => {
  const wishes = { xattrs: true };
  assert.throws(
    () => makeSettings("x", "dir", { ...wishes, compress: "zstd" }),
    /--compress has no meaning/,
  );
  for (const kind of ["dir", "tar"] as const) {
    assert.throws(
      () => makeSettings("x", kind, { ...wishes, blockSize: "4K" }),
      /--block-size is for SquashFS/,
    );
  }
});

test("makeSettings() prefers --tmp to $TMPDIR to /var/tmp", async () => {
  const chosen = (temporary?: string): string =>
    makeSettings("x", "dir", { xattrs: true, temporary }).temporary;
  await withVariable("TMPDIR", "/from/env", () => {
    assert.is(chosen("/given"), "/given");
    assert.is(chosen(), "/from/env");
  });
  await withVariable("TMPDIR", "", () => assert.is(chosen(), "/var/tmp"));
});

test.run();
