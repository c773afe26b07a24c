import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseElf } from "../../../../lib/convert/startup/elf.ts";
import { makeElf } from "../../../helpers/elf.ts";

const WISHES = {
  interpreter: "/lib64/ld-linux-x86-64.so.2",
  needed: ["libc.so.6", "libm.so.6"],
  runpath: "$ORIGIN/../lib:/opt/lib",
};

for (const width of [4, 8] as const) {
  for (const bigEndian of [false, true]) {
    test(`parseElf() reads ${width * 8} bits, ${bigEndian ? "big" : "little"}-endian`, () => {
      const elf = parseElf(makeElf({ ...WISHES, width, bigEndian }));
      assert.is(elf?.interpreter, WISHES.interpreter);
      assert.equal(elf?.needed, WISHES.needed);
      assert.equal(elf?.searched, ["$ORIGIN/../lib", "/opt/lib"]);
    });
  }
}

test("parseElf() reads a program of this machine", () => {
  assert.ok(parseElf(readFileSync(process.execPath))?.needed.some((name) => /^libc\./.test(name)));
});

test("parseElf() takes DT_RPATH only where there is no DT_RUNPATH", () => {
  assert.equal(parseElf(makeElf({ rpath: "/old" }))?.searched, ["/old"]);
  assert.equal(parseElf(makeElf({ rpath: "/old", runpath: "/new" }))?.searched, ["/new"]);
});

test("parseElf() tells machines and word sizes apart", () => {
  const kinds = [{}, { width: 4 }, { bigEndian: true }, { machine: 183 }] as const;
  assert.is(new Set(kinds.map((wishes) => parseElf(makeElf(wishes))?.kind)).size, kinds.length);
});

test("parseElf() finds nothing in what is static, no ELF file, or cut short anywhere", () => {
  assert.equal(parseElf(makeElf({}))?.needed, []);
  assert.is(parseElf(makeElf({}))?.interpreter, undefined);
  assert.is(parseElf(Buffer.from("#!/bin/sh\n")), undefined);
  const whole = makeElf(WISHES);
  for (let length = 0; length < whole.length; length++) {
    const elf = parseElf(Buffer.from(whole.subarray(0, length)));
    assert.not.equal(elf, parseElf(whole));
  }
});

test("parseElf() bears any byte of the headers being anything", () => {
  const whole = makeElf(WISHES);
  for (let at = 4; at < 300; at++) {
    for (const value of [0, 0x7f, 0xff]) {
      const damaged = Buffer.from(whole);
      damaged[at] = value;
      parseElf(damaged);
    }
  }
});

test.run();
