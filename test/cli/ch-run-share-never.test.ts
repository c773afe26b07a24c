/** Launches that must not share a server: another file, job, view of the host, or limit. */
import { copyFileSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import * as assert from "uvu/assert";
import { canMakeCgroup, inCgroup, makeCgroup, removeCgroup } from "../helpers/cgroup.ts";
import { chRun, runLimited } from "../helpers/ch-run.ts";
import { withFolder } from "../helpers/folder.ts";
import { untilNobody } from "../helpers/processes.ts";
import { installed, runAny } from "../helpers/program.ts";
import { directoryImage, makeSquashImage } from "../helpers/root-image.ts";
import { hold, release, runAndTell, told } from "../helpers/share.ts";
import { testMounted, withServedImage } from "../helpers/squash-server.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";

/** The server that a launch started by `words` has joined. */
function joinedBy(image: string, ...words: readonly string[]): number {
  const command = [...words, installed("ch-run"), "-v", image, "--", "cat", "/etc/os-release"];
  return told(runLimited(command[0] ?? "", command.slice(1), {})).joined;
}

testMounted("another copy of an image is another image", () =>
  withServedImage((image) =>
    withFolder(async (folder) => {
      const first = await hold(image);
      copyFileSync(image, join(folder, "copy"));
      assert.is(runAndTell(join(folder, "copy")).joined, 0);
      assert.is(runAndTell(image).joined, first.server);
      await release(first);
    }),
  ),
);

testMounted("an image that was touched since is another image", () =>
  withServedImage(async (image) => {
    const first = await hold(image);
    utimesSync(image, 1, 1);
    assert.is(runAndTell(image).joined, 0);
    await release(first);
  }),
);

testMounted("an image that was replaced is another image", () =>
  withServedImage(async (image) => {
    const first = await hold(image);
    rmSync(image);
    makeSquashImage(directoryImage(), image, "-p", "/new d 755 0 0");
    assert.is(runAndTell(image).joined, 0);
    assert.is(chRun([image, "--", "ls", "-d", "/new"]).stdout, "/new\n");
    await release(first);
  }),
);

testMounted("two images in one file have two servers", () =>
  withServedImage((image) =>
    withFolder(async (folder) => {
      const both = join(folder, "both.sqfs");
      const bytes = readFileSync(image);
      writeFileSync(both, Buffer.concat([bytes, bytes]));
      const [start, second] = ["--offset=0", `--offset=${bytes.length}`];
      const first = await hold(both, { options: [start] });
      assert.is(runAndTell(both, second).joined, 0);
      assert.is(runAndTell(both, start).joined, first.server);
      assert.is(runAndTell(both).joined, first.server);
      await release(first);
    }),
  ),
);

/** What is counted or written down is of one launch. */
for (const option of ["--record", "--stats"]) {
  testMounted(`ch-run ${option} neither joins a server nor has one joined`, () =>
    withServedImage((image) =>
      withFolder(async (folder) => {
        const options = [option === "--record" ? `${option}=${join(folder, "profile")}` : option];
        const first = await hold(image);
        assert.is(runAndTell(image, ...options).joined, 0);
        await release(first);
        await untilNobody(image);
        const own = await hold(image, { options });
        assert.is(runAndTell(image).joined, 0);
        await release(own);
      }),
    ),
  );
}

/** Programs that start ch-run with something of its own that a server inherits. */
const OTHERS: readonly (readonly [string, readonly string[]])[] = [
  ["a limit of CPU time", ["sh", "-c", 'ulimit -t 1000; exec "$@"', "sh"]],
  ["a limit of memory", ["sh", "-c", 'ulimit -v 8000000; exec "$@"', "sh"]],
  ["few descriptors", ["sh", "-c", 'ulimit -n 64; exec "$@"', "sh"]],
  ["less priority", ["nice", "-n", "5"]],
  ["another user namespace", ["unshare", "--user", "--map-root-user"]],
  ["another mount namespace", ["unshare", "--user", "--map-root-user", "--mount"]],
];

for (const [what, words] of OTHERS) {
  const works = runAny(words[0] ?? "", [...words.slice(1), "true"]).status === 0;

  testIf(works, `${words[0]} does not work here`)(`who has ${what} has a server of its own`, () =>
    withServedImage(async (image) => {
      const first = await hold(image);
      assert.is(joinedBy(image, ...words), 0);
      assert.is(runAndTell(image).joined, first.server);
      await release(first);
    }),
  );
}

/**
 * $0: ch-run, $1: an image, $2: a folder, $3: a mount's source. Launches in one mount namespace,
 * with a mount in between.
 */
const MOUNT_BETWEEN = `
  cd "$2" && mkdir at && mkfifo ready end || exit 1
  "$0" "$1" -- sh -c 'echo up; read line' >ready <end 2>/dev/null &
  exec 8<ready 9>end
  read line <&8
  [ -z "$3" ] || mount -t tmpfs "$3" at || exit 1
  "$0" -v "$1" -- cat /etc/os-release 8<&- 9>&-
  echo end >&9
  wait`;
const unshareMounts = ["unshare", "-Urm", "--propagation", "private"];
const canMount = runAny("unshare", [...unshareMounts.slice(1), "true"]).status === 0;
const testMountBetween = canMount ? testMounted : testIf(false, "no namespaces here");

/** The server that a launch joins after that of another, and a mount. */
function joinedAfterMount(image: string, folder: string, source: string): number {
  const words = ["sh", "-c", MOUNT_BETWEEN, installed("ch-run"), image, folder, source];
  return told(runLimited("unshare", [...unshareMounts.slice(1), ...words], {})).joined;
}

// "shared:1" is how a mount's line begins to say that it propagates, in another field.
for (const source of ["none", "shared:1"]) {
  testMountBetween(`a mount of "${source}" that does not propagate makes another server`, () =>
    withServedImage((image) =>
      withFolder((folder) => assert.is(joinedAfterMount(image, folder, source), 0)),
    ),
  );
}

testMountBetween("a launch in the same mount namespace joins", () =>
  withServedImage((image) =>
    withFolder((folder) => assert.is.not(joinedAfterMount(image, folder, ""), 0)),
  ),
);

const testCgroups = testIf(canMakeCgroup(), "no cgroup can be made here");

testCgroups("launches in two cgroups have two servers, each in its own", () =>
  withServedImage(async (image) => {
    const [one = "", other = ""] = [makeCgroup(), makeCgroup()];
    const first = await hold(image, { words: inCgroup(one) });
    assert.is(runAndTell(image).joined, 0);
    assert.is(joinedBy(image, ...inCgroup(other)), 0);
    assert.is(joinedBy(image, ...inCgroup(one)), first.server);
    assert.match(readFileSync(`/proc/${first.server}/cgroup`, "utf8"), basename(one));
    await release(first);
    await removeCgroup(one);
    await removeCgroup(other);
  }),
);

runConditional();
