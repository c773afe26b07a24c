import { test } from "uvu";
import * as assert from "uvu/assert";
import { treeConfig } from "../../../lib/oci/config-document.ts";
import { digestOf } from "../../../lib/oci/verify.ts";

const DIFF = digestOf(Buffer.from("x"));
const CREATED = "2026-01-02T03:04:05Z";

function make(before: object, created?: string) {
  const time = created === undefined ? {} : { created };
  const bytes = treeConfig({ ...before }, { ...time, createdBy: "us", diffId: DIFF });
  return JSON.parse(Buffer.from(bytes).toString());
}

test("treeConfig() says that the layers of older history are gone", () => {
  const { history } = make({ config: {}, history: [{ created_by: "RUN x" }] });
  assert.equal(history, [{ created_by: "RUN x", empty_layer: true }, { created_by: "us" }]);
});

test("treeConfig() gives what it adds the time of the image", () => {
  const before = { config: {}, created: "2025-01-01T00:00:00Z" };
  assert.is(make(before).history.at(-1).created, before.created);
  assert.is(make(before, CREATED).history.at(-1).created, CREATED);
  assert.is(make(before, CREATED).created, CREATED);
  assert.not("created" in make({ config: {} }).history.at(-1));
});

test("treeConfig() of what it has made is the same", () => {
  const once = make({ config: {}, created: CREATED, history: [{ created_by: "RUN x" }] });
  assert.equal(make(once), once);
  assert.is(once.history.length, 2);
});

test.run();
