import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseConfig } from "../../../lib/oci/config.ts";
import { digestOf } from "../../../lib/oci/verify.ts";

const ID = digestOf(Buffer.from("x"));
const LEAST = { os: "linux", architecture: "amd64", rootfs: { type: "layers", diff_ids: [ID] } };

function parse(document: unknown) {
  return parseConfig(Buffer.from(JSON.stringify(document)), "x");
}

test("parseConfig() reads how to run an image", () => {
  const config = {
    Env: ["A=b"],
    Entrypoint: ["/x"],
    Cmd: ["y", "z"],
    WorkingDir: "/w",
    User: "1:2",
    Labels: { l: "m" },
  };
  const found = parse({ ...LEAST, config });
  assert.equal([found.env, found.entrypoint, found.cmd], [["A=b"], ["/x"], ["y", "z"]]);
  assert.equal([found.workingDir, found.user, found.labels], ["/w", "1:2", { l: "m" }]);
});

test("parseConfig() reads layers, platform and history", () => {
  const history = [{ created_by: "RUN x" }, { comment: "c", empty_layer: true }];
  const found = parse({ ...LEAST, variant: "v2", created: "2026-01-02T03:04:05Z", history });
  assert.equal(found.diffIds, [ID]);
  assert.equal(found.platform, { os: "linux", architecture: "amd64", variant: "v2" });
  assert.is(found.created, "2026-01-02T03:04:05Z");
  assert.equal(
    found.history.map(({ createdBy, isEmpty }) => [createdBy, isEmpty]),
    [
      ["RUN x", false],
      [undefined, true],
    ],
  );
});

test("parseConfig() takes null and empty text as absent, as Docker writes them", () => {
  const nothing = {
    Env: null,
    Cmd: null,
    Entrypoint: null,
    Labels: null,
    WorkingDir: "",
    User: "",
  };
  const found = parse({ ...LEAST, config: nothing, history: null });
  assert.equal([found.env, found.cmd, found.labels], [[], undefined, {}]);
  assert.equal([found.workingDir, found.user, found.history], [undefined, undefined, []]);
});

const REFUSED: readonly (readonly [title: string, document: unknown, words: RegExp])[] = [
  ["no list of layers", { ...LEAST, rootfs: {} }, /"rootfs" has no list of layers/],
  ["a layer that is no digest", { ...LEAST, rootfs: { diff_ids: ["x"] } }, /no digest known/],
  ["no processor", { ...LEAST, architecture: undefined }, /"architecture" is missing/],
  [
    "an environment of numbers",
    { ...LEAST, config: { Env: [1] } },
    /"Env" holds what is no string/,
  ],
  ["labels that are a list", { ...LEAST, config: { Labels: [] } }, /"Labels" is no object/],
];

for (const [title, document, words] of REFUSED) {
  test(`parseConfig() refuses ${title}`, () => assert.throws(() => parse(document), words));
}

test.run();
