import { closeSync, readdirSync, readSync, writeSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Log, QUIET } from "../../../lib/base/log.ts";
import { openPipe } from "../../../lib/base/pipe.ts";
import { withFolder } from "../../helpers/folder.ts";

test("openPipe() joins two descriptors and leaves no name", () =>
  withFolder(async (folder) => {
    const task = { log: new Log("test", QUIET), signal: new AbortController().signal };
    const { readEnd, writeEnd } = await openPipe(folder, task);
    writeSync(writeEnd, "hello");
    closeSync(writeEnd);
    const buffer = Buffer.alloc(10);
    assert.is(readSync(readEnd, buffer), 5);
    assert.is(readSync(readEnd, buffer), 0, "end of file once the writer has closed");
    closeSync(readEnd);
    assert.equal(readdirSync(folder), []);
  }));

test.run();
