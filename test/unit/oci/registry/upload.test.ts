/** Uploads to a real registry through a proxy that breaks them. */
import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import * as assert from "uvu/assert";
import { uploadBlob } from "../../../../lib/oci/registry/upload.ts";
import { type Fault, startFaultProxy } from "../../../helpers/fault-proxy.ts";
import { withRegistry } from "../../../helpers/open-registry.ts";
import { HAS_REGISTRY, NO_REGISTRY, startRegistry } from "../../../helpers/registry.ts";
import { Repository, sha256, TYPES } from "../../../helpers/registry-content.ts";
import { rejection } from "../../../helpers/rejection.ts";
import { runConditional, testIf } from "../../../helpers/test-if.ts";

const SIZE = 3 * 1024 * 1024 + 7;

const registryTest = testIf(HAS_REGISTRY, NO_REGISTRY);
const registry = HAS_REGISTRY ? await startRegistry() : "";
const relative = HAS_REGISTRY ? await startRegistry({ relative: true }) : "";

interface Attempt {
  readonly faults?: readonly (readonly [RegExp, ...Fault[]])[];
  readonly size?: number;
  /** The size that is spoken of. */
  readonly claimed?: number;
  readonly to?: string;
  readonly sibling?: string;
  readonly content?: Buffer;
}

/** Send a blob; returns what came of it, what was asked, and the bytes counted. */
async function attempt({ faults = [], size = SIZE, to = registry, ...rest }: Attempt) {
  const { content = randomBytes(size), sibling, claimed = content.length } = rest;
  const proxy = await startFaultProxy(to);
  for (const [pattern, ...list] of faults) proxy.break(pattern, ...list);
  const digest = sha256(content);
  const descriptor = { mediaType: TYPES.layer, digest, size: claimed };
  let counted = 0;
  const onBytes = (count: number): void => {
    counted += count;
  };
  const open = (from: number): Readable => Readable.from([content.subarray(from)]);
  const outcome = await withRegistry(`${proxy.address}/test/up`, {}, (client) =>
    uploadBlob({ client, repository: "test/up", descriptor, open, sibling, onBytes }),
  );
  const answer = await fetch(`http://${registry}/v2/test/up/blobs/${digest}`);
  assert.ok(Buffer.from(await answer.arrayBuffer()).equals(content));
  assert.is(counted, content.length);
  return { outcome, asked: proxy.log.map((line) => line.split(" ")[0]).join(" ") };
}

const PUT = /^PUT .*blobs/;
const TOO_LONG = { kind: "status", status: 413 } as const;
const BUSY = { kind: "status", status: 503, retryAfter: "0" } as const;
const LIMIT = { kind: "status", status: 429, retryAfter: "0" } as const;

registryTest("uploadBlob() sends a blob in one request", async () => {
  assert.equal(await attempt({}), { outcome: "sent", asked: "HEAD POST PUT" });
  assert.equal(await attempt({ size: 0 }), { outcome: "sent", asked: "HEAD POST PUT" });
  assert.equal(await attempt({ size: 1 }), { outcome: "sent", asked: "HEAD POST PUT" });
});

registryTest("uploadBlob() understands addresses that are relative", async () => {
  assert.equal(await attempt({ to: relative }), { outcome: "sent", asked: "HEAD POST PUT" });
});

registryTest("uploadBlob() sends nothing that is there", async () => {
  const content = randomBytes(100);
  await new Repository(registry, "test/up").putBlob(content, TYPES.layer);
  assert.equal(await attempt({ content }), { outcome: "there", asked: "HEAD" });
  // Many registries lead to where the blob is, which may know GET only.
  const redirect = { kind: "redirect", to: "http://127.0.0.1:9" } as const;
  const faults = [[/^HEAD/, redirect]] as const;
  assert.equal(await attempt({ content, faults }), { outcome: "there", asked: "HEAD" });
});

registryTest("uploadBlob() has a blob taken over from another repository", async () => {
  const content = randomBytes(100);
  await new Repository(registry, "other/repository").putBlob(content, TYPES.layer);
  const sibling = "other/repository";
  assert.equal(await attempt({ content, sibling }), { outcome: "mounted", asked: "HEAD POST" });
});

registryTest("uploadBlob() sends what cannot be taken over", async () => {
  const sibling = "none/such";
  assert.equal(await attempt({ sibling }), { outcome: "sent", asked: "HEAD POST PUT" });
  const faults = [[/mount=/, { kind: "status", status: 405 }]] as const;
  const { asked } = await attempt({ sibling, faults });
  assert.is(asked, "HEAD POST POST PUT");
});

registryTest("uploadBlob() tries again when told to", async () => {
  const { asked } = await attempt({
    faults: [
      [/POST/, LIMIT, BUSY],
      [PUT, BUSY],
    ],
  });
  assert.is(asked, "HEAD POST POST POST PUT GET PUT");
});

registryTest("uploadBlob() begins anew where a connection was cut", async () => {
  const { outcome } = await attempt({ faults: [[PUT, { kind: "interrupt", after: SIZE / 2 }]] });
  assert.is(outcome, "sent");
});

registryTest("uploadBlob() sends nothing again if only the answer was lost", async () => {
  const { asked } = await attempt({ faults: [[PUT, { kind: "lose" }]] });
  assert.match(asked, /^HEAD POST PUT GET HEAD$/);
});

registryTest("uploadBlob() sends pieces where long requests are refused, and goes on", async () => {
  const { asked } = await attempt({
    faults: [
      [PUT, TOO_LONG],
      [/^PATCH/, { kind: "pass" }, BUSY],
    ],
  });
  assert.is(asked, "HEAD POST PUT GET PATCH PATCH GET PATCH PUT");
});

registryTest(
  "uploadBlob() gives up what stays refused, or is not as long as it should be",
  async () => {
    const refused = await rejection(attempt({ faults: [[PUT, ...Array(4).fill(TOO_LONG)]] }));
    assert.match(String(refused), /answers with status 413/);
    const short = await rejection(attempt({ claimed: SIZE + 1 }));
    assert.match(
      String(short),
      /cannot send blob "sha256:.*": it has 3145735 bytes instead of 3145736/,
    );
  },
);

runConditional();
