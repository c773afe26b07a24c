/**
 * Tests that may need more than the oldest kernel has. In `make check-418` overlayfs is refused, as
 * in user namespaces before Linux 5.11; a test that fails once ch-run has said so is skipped, with
 * that reason. With any other kernel this is uvu's own test().
 */
import { test as uvuTest } from "uvu";

export const isOld = process.env["CH_TEST_KERNEL"] === "4.18";
const REFUSAL = /cannot mount an overlay on the image: Operation not permitted: the kernel forbids/;

let refused = false;

/** Look at what a program of ours has said. */
export function noteMessages(stderr: string): void {
  refused ||= isOld && REFUSAL.test(stderr);
}

export function test(title: string, body: () => unknown): void {
  uvuTest(title, () => attempt(title, body));
}

test.run = (): void => uvuTest.run();

async function attempt(title: string, body: () => unknown): Promise<void> {
  refused = false;
  try {
    await body();
  } catch (error) {
    if (!refused) throw error;
    console.log(`SKIP ${title}: it needs overlayfs in user namespaces, and so Linux 5.11`);
  }
}
