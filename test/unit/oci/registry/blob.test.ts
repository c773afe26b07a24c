/** Downloads from a real registry through a proxy that breaks them. */
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { downloadBlob } from "../../../../lib/oci/registry/blob.ts";
import { type Fault, startFaultProxy } from "../../../helpers/fault-proxy.ts";
import { withFolder } from "../../../helpers/folder.ts";
import { serveHttp } from "../../../helpers/http-server.ts";
import { withRegistry } from "../../../helpers/open-registry.ts";
import { HAS_REGISTRY, NO_REGISTRY, startRegistry } from "../../../helpers/registry.ts";
import { Repository, sha256, TYPES } from "../../../helpers/registry-content.ts";
import { rejection } from "../../../helpers/rejection.ts";
import { runConditional, testIf } from "../../../helpers/test-if.ts";

const SIZE = 3 * 1024 * 1024 + 7;
const CONTENT = randomBytes(SIZE);

const registryTest = testIf(HAS_REGISTRY, NO_REGISTRY);
const registry = HAS_REGISTRY ? await startRegistry() : "";
const stored = HAS_REGISTRY
  ? await new Repository(registry, "test/blob").putBlob(CONTENT, TYPES.layer)
  : { mediaType: TYPES.layer, digest: sha256(CONTENT), size: SIZE };

interface Attempt {
  readonly faults?: readonly Fault[];
  /** What an earlier process has left in the file. */
  readonly before?: Uint8Array;
  readonly urls?: readonly string[];
  readonly digest?: string;
  readonly size?: number;
}

/** Fetch the blob; returns the file's content, the requests for it, and the bytes counted. */
async function attempt({ faults = [], before, ...descriptor }: Attempt) {
  const proxy = await startFaultProxy(registry);
  proxy.break(/blobs/, ...faults);
  let counted = 0;
  let content = Buffer.alloc(0);
  await withFolder((folder) =>
    withRegistry(`${proxy.address}/test/blob`, {}, async (client) => {
      const path = join(folder, "part");
      if (before) writeFileSync(path, before);
      const onBytes = (count: number): void => {
        counted += count;
      };
      const wanted = { ...stored, ...descriptor };
      await downloadBlob({ client, repository: "test/blob", descriptor: wanted, path, onBytes });
      content = readFileSync(path);
    }),
  );
  const asked = proxy.log.filter((line) => line.includes("/blobs/"));
  return { content, counted, asked, from: asked.map((line) => / from (\d+)/.exec(line)?.[1]) };
}

registryTest("downloadBlob() fetches a blob in one request and counts its bytes", async () => {
  const { content, counted, asked } = await attempt({});
  assert.ok(content.equals(CONTENT));
  assert.equal([counted, asked.length], [SIZE, 1]);
});

registryTest("downloadBlob() goes on where connections were cut", async () => {
  const cut = { kind: "cut", after: 1024 * 1024 } as const;
  const { content, from, counted } = await attempt({ faults: [cut, cut] });
  assert.ok(content.equals(CONTENT));
  assert.is(from.length, 3);
  assert.is(from[0], undefined);
  assert.ok(Number(from[2]) > Number(from[1]) && Number(from[1]) > 0);
  assert.is(counted, SIZE);
});

registryTest("downloadBlob() goes on with what an earlier process has left", async () => {
  const { content, from } = await attempt({ before: CONTENT.subarray(0, 1000) });
  assert.ok(content.equals(CONTENT));
  assert.equal(from, ["1000"]);
});

registryTest("downloadBlob() asks for nothing that is there already", async () => {
  const { asked, counted } = await attempt({ before: CONTENT });
  assert.equal([asked, counted], [[], SIZE]);
});

const BAD_BEGINNINGS: readonly (readonly [title: string, before: Uint8Array, requests: number])[] =
  [
    ["damaged", Buffer.alloc(1000, 1), 2],
    ["too long", Buffer.concat([CONTENT, CONTENT]), 1],
    ["whole and damaged", Buffer.alloc(SIZE, 1), 1],
  ];

for (const [title, before, requests] of BAD_BEGINNINGS) {
  registryTest(`downloadBlob() begins anew where the file is ${title}`, async () => {
    const { content, asked, counted } = await attempt({ before });
    assert.ok(content.equals(CONTENT));
    assert.equal([asked.length, counted], [requests, SIZE]);
  });
}

registryTest("downloadBlob() begins anew where the registry cannot go on", async () => {
  const { content, counted } = await attempt({
    before: CONTENT.subarray(0, 1000),
    faults: [{ kind: "no range" }],
  });
  assert.ok(content.equals(CONTENT));
  assert.is(counted, SIZE);
});

for (const status of [429, 500, 503]) {
  registryTest(`downloadBlob() asks again after status ${status}`, async () => {
    const { content, asked } = await attempt({
      faults: [
        { kind: "status", status, retryAfter: "0" },
        { kind: "status", status },
      ],
    });
    assert.ok(content.equals(CONTENT));
    assert.is(asked.length, 3);
  });
}

registryTest("downloadBlob() gives up where it is told to wait too long", async () => {
  const faults = [{ kind: "status", status: 429, retryAfter: "3600" }] as const;
  assert.match(String(await rejection(attempt({ faults }))), /is asked too often/);
});

registryTest("downloadBlob() asks again where a connection brings nothing", async () => {
  const { content, from } = await attempt({ faults: [{ kind: "cut", after: 0 }] });
  assert.ok(content.equals(CONTENT));
  assert.equal(from, [undefined, undefined]);
});

registryTest("downloadBlob() gives up in the end", async () => {
  const fault = { kind: "status", status: 503, retryAfter: "0" } as const;
  const error = await rejection(attempt({ faults: Array.from({ length: 6 }, () => fault) }));
  assert.match(String(error), /registry "127.0.0.1:\d+" answers with status 503/);
});

registryTest("downloadBlob() refuses what is not what the digest names, and keeps none of it", () =>
  withFolder(async (folder) => {
    const proxy = await startFaultProxy(registry);
    proxy.break(/blobs/, { kind: "garble" });
    await withRegistry(`${proxy.address}/test/blob`, {}, async (client) => {
      const path = join(folder, "part");
      const download = { client, repository: "test/blob", descriptor: stored, path };
      assert.match(String(await rejection(downloadBlob(download))), /its digest is/);
      assert.is(readFileSync(path).length, 0);
    });
  }),
);

registryTest("downloadBlob() refuses what is longer than it may be", async () => {
  assert.match(String(await rejection(attempt({ size: SIZE - 1 }))), /longer than/);
});

registryTest("downloadBlob() follows redirections", async () => {
  const { content } = await attempt({ faults: [{ kind: "redirect", to: `http://${registry}` }] });
  assert.ok(content.equals(CONTENT));
});

registryTest("downloadBlob() fetches a foreign layer from where it says", async () => {
  const foreign = Buffer.from("from elsewhere");
  const address = await serveHttp((_, response) => response.end(foreign));
  const descriptor = { digest: sha256(foreign), size: foreign.length };
  const { content } = await attempt({ ...descriptor, urls: [`http://${address}/layer`] });
  assert.ok(content.equals(foreign));
  assert.match(String(await rejection(attempt(descriptor))), /status 404/);
});

runConditional();
