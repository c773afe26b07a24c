import { statSync } from "node:fs";
import { constants } from "node:os";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  causeText,
  errorCode,
  errorText,
  FatalError,
  failure,
  step,
  usageError,
} from "../../../lib/base/error.ts";

function caught(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

test("failure() words a failed system call like strerror(3)", () => {
  const error = failure(
    "read",
    "/no/such",
    caught(() => statSync("/no/such")),
  );
  assert.is(error.message, 'cannot read "/no/such": No such file or directory');
  assert.is(error.status, 1);
});

test("errorText() is in our words also of a system call that nobody worded", () => {
  const text = (error: unknown): string => errorText(error as Error);
  assert.is(
    text(caught(() => statSync("/no/such"))),
    'cannot stat "/no/such": No such file or directory',
  );
  const refused = {
    syscall: "connect",
    code: "ECONNREFUSED",
    errno: -constants.errno.ECONNREFUSED,
  };
  assert.is(text(Object.assign(new Error("x"), refused)), "cannot connect: Connection refused");
  assert.equal([new Error("it is blue"), new FatalError("no")].map(text), ["it is blue", "no"]);
});

test("causeText() and errorCode() know a quota, which Node.js does not", () => {
  const { EDQUOT } = constants.errno;
  const code = `Unknown system error -${EDQUOT}`;
  const error = Object.assign(new Error(`${code}, write`), { errno: -EDQUOT, code });
  assert.equal([causeText(error), errorCode(error)], ["Disk quota exceeded", "EDQUOT"]);
});

test("failure() keeps the words of an error that is no system call", () => {
  assert.is(failure("run", "x", new Error("it is blue")).message, 'cannot run "x": it is blue');
});

test("step() says what was being done, and keeps words and hint", () => {
  const error = step("unpack", "a.tar", new FatalError('cannot write "x"', { hint: "make room" }));
  assert.is(error.message, 'cannot unpack "a.tar": cannot write "x"');
  assert.is(error.hint, "make room");
});

test("step() adds nothing where the words name the subject", () => {
  assert.is(
    step("unpack", "a.tar", new Error('cannot read "a.tar"')).message,
    'cannot read "a.tar"',
  );
});

test("usageError() has exit status 2 and keeps its hint", () => {
  const error = usageError("no such option", "look again");
  assert.is(error.status, 2);
  assert.is(error.hint, "look again");
});

test("FatalError keeps its cause", () => {
  const cause = new Error("inner");
  assert.is(new FatalError("outer", { cause }).cause, cause);
});

test("causeText() takes anything", () => {
  assert.is(causeText("words"), "words");
  assert.is(causeText(undefined), "undefined");
});

test("errorCode() is the errno name, or undefined", () => {
  assert.is(errorCode(caught(() => statSync("/no/such"))), "ENOENT");
  assert.is(errorCode(new Error("plain")), undefined);
  assert.is(errorCode(null), undefined);
});

test.run();
