/** Tests that need something which is not everywhere. */
import { test } from "./kernel.ts";

/** The status by which automake knows a test that could not run. */
const SKIPPED = 77;

let registered = 0;

/** Like test(), where `condition` holds; elsewhere the title and the reason are printed. */
export function testIf(condition: boolean, reason: string) {
  return (title: string, body: () => unknown): void => {
    if (condition) {
      registered++;
      test(title, body);
    } else {
      console.log(`SKIP ${title}: ${reason}`);
    }
  };
}

/** Like test.run(), for a file in which every test is conditional: if none runs, it is skipped. */
export function runConditional(): void {
  if (registered > 0) test.run();
  else process.exitCode = SKIPPED;
}
