import { test } from "uvu";
import * as assert from "uvu/assert";
import { serverError } from "../../../lib/host/server.ts";

const REPORT = '{"message":"cannot mount","hint":"ask"}\n';

test("serverError() is the server's report", () => {
  const error = serverError(REPORT);
  assert.equal([error.message, error.hint], ["cannot mount", "ask"]);
});

test("serverError() adds what fusermount3 has said", () => {
  const said = `fusermount3: mount failed: Operation not permitted\n${REPORT}`;
  assert.is(
    serverError(said).message,
    "cannot mount (fusermount3: mount failed: Operation not permitted)",
  );
});

test("serverError() takes words that are no report as they are", () => {
  assert.is(serverError("one\ntwo\n").message, "two");
  assert.is(serverError("").message, "the server ended without a word");
});

test.run();
