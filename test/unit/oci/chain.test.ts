import { execFileSync } from "node:child_process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { chainIds } from "../../../lib/oci/chain.ts";

/** sha256sum's answer, not ours. */
function sum(text: string): string {
  const line = execFileSync("sha256sum", { input: text, encoding: "utf8" });
  return `sha256:${line.split(" ")[0]}`;
}

test("chainIds() of the lowest layer is its own id, of others a sum with what is below", () => {
  const [a = "", b = "", c = ""] = ["a", "b", "c"].map(sum);
  const second = sum(`${a} ${b}`);
  assert.equal(chainIds([a, b, c]), [a, second, sum(`${second} ${c}`)]);
  assert.equal(chainIds([]), []);
});

test.run();
