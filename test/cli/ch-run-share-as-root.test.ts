/** Sharing a server and other users, whom only root can play: `make check-root`. */
import { chmodSync, copyFileSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as assert from "uvu/assert";
import { USER, userWords, withCopy } from "../helpers/as-user.ts";
import { type Launched, launchAny, runLimited } from "../helpers/ch-run.ts";
import { eventually } from "../helpers/eventually.ts";
import { helper } from "../helpers/native-helper.ts";
import { untilNobody } from "../helpers/processes.ts";
import { installed } from "../helpers/program.ts";
import { squashImage, squashWay } from "../helpers/root-image.ts";
import { hold, release, runAndTell, told } from "../helpers/share.ts";
import { descriptorsOf } from "../helpers/squash-server.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";

const isPossible = process.getuid?.() === 0 && squashWay === "mounted";
const testAsRoot = testIf(isPossible, "only root can set this up, where SquashFS is mounted");

/** A test with an image and programs that every user may read. */
function withPublicImage(test: (image: string, program: string) => unknown): Promise<void> {
  return withCopy(async (program) => {
    const image = join(dirname(program), "image.sqfs");
    copyFileSync(squashImage(), image);
    await test(image, program);
    await untilNobody(image);
  });
}

/** What words in front of ch-run make of it: the server that it has joined. */
function joinedBy(program: string, image: string, ...words: readonly string[]): number {
  const [file = "", ...args] = [...words, program, "-v", image, "--", "cat", "/etc/os-release"];
  return told(runLimited(file, args, {})).joined;
}

testAsRoot("two users have two servers", () =>
  withPublicImage(async (image, program) => {
    const first = await hold(image, { program });
    assert.is(joinedBy(program, image, ...userWords()), 0);
    assert.is(joinedBy(program, image), first.server);
    await release(first);
  }),
);

testAsRoot("two groups of a user have two servers, because other ids are mapped", () =>
  withPublicImage(async (image, program) => {
    const first = await hold(image, { program });
    assert.is(joinedBy(program, image, "setpriv", "--regid", String(USER), "--clear-groups"), 0);
    await release(first);
  }),
);

/** The name in the abstract namespace by which a server is found. */
function nameOfServer(server: number): string {
  const links = [...descriptorsOf(server).values()];
  const lines = readFileSync("/proc/net/unix", "utf8").split("\n");
  for (const line of lines) {
    const [, inode, name] = /\s(\d+) @(charliecloud-0-\w+)$/.exec(line) ?? [];
    if (name && links.includes(`socket:[${inode}]`)) return name;
  }
  throw new Error(`process ${server} listens nowhere`);
}

/** Occupy a name as another user. */
async function squat(folder: string, name: string, how: string): Promise<Launched> {
  const program = join(folder, "squatter");
  copyFileSync(helper("squatter"), program);
  chmodSync(program, 0o755);
  const [file = "", ...args] = userWords(program, name, how);
  const squatter = launchAny(file, args);
  await eventually("the name is taken", () => squatter.output() === "ready\n");
  return squatter;
}

for (const how of ["listening", "full", "deaf"]) {
  testAsRoot(`a server's name that another user has taken is ignored: ${how}`, () =>
    withPublicImage(async (image, program) => {
      const first = await hold(image);
      const name = nameOfServer(first.server);
      await release(first);
      await untilNobody(image);
      const squatter = await squat(dirname(program), name, how);
      assert.is(runAndTell(image).joined, 0);
      assert.is(joinedBy(installed("ch-run"), image), 0);
      squatter.child.kill("SIGKILL");
      await squatter.ended;
      assert.is(runAndTell(image).joined, 0);
    }),
  );
}

runConditional();
