/** What serving SquashFS costs once a program runs: reading and walking all, many readers of one. */
import { join } from "node:path";
import type { Contest } from "./contest.ts";
import { type Images, LARGE_FILE } from "./images.ts";
import { contender, findPeers, type Peer } from "./peers.ts";
import type { Track } from "./track.ts";

const READ = `find / -xdev -type f ! -name ${LARGE_FILE} -print0 | xargs -0 cat >/dev/null`;
const WALK = "find / -xdev -print0 | xargs -0 ls -ld >/dev/null";
const READERS = 8;

/** What is done in the image, and how often. */
const WORKS: readonly (readonly [string, string])[] = [
  ["read all files, fresh mount", READ],
  ["the same five times", repeat(READ)],
  ["list all files, fresh mount", WALK],
  ["the same five times", repeat(WALK)],
  [
    `${READERS} readers of one large file, fresh mount`,
    `for i in ${"x ".repeat(READERS)}; do cat /${LARGE_FILE} >/dev/null & done; wait`,
  ],
];

export async function serviceContests(images: Images, track: Track): Promise<Contest[]> {
  const { charliecloud, ours, oursBySquashfuse } = await findPeers(track);
  const squashfuse = squashfusePeer(track);
  return Promise.all(
    WORKS.map(async ([title, work]) => {
      const { path, directory, name } = images.large;
      const prepare = (peer: Peer, image = path) => contender(peer, image, ["/bin/sh", "-c", work]);
      const reference = await prepare(squashfuse);
      const plain = await prepare({ ...ours, name: "this ch-run, directory" }, directory);
      const others = await Promise.all(
        [charliecloud, oursBySquashfuse, ours].map((p) => prepare(p)),
      );
      return {
        title: `${title}, SquashFS ${name}`,
        reference,
        contenders: [reference, ...others, plain],
        crowd: false,
        heavy: true,
      };
    }),
  );
}

function repeat(work: string): string {
  return Array.from({ length: 5 }, () => work).join("; ");
}

/** The mount that squashfuse_ll(1) makes, in namespaces where it may. */
function squashfusePeer(track: Track): Peer {
  const point = join(track.folder, "point");
  // The server is in the namespaces, too: whoever leaves the mount leaves them for ever.
  const script =
    'mkdir -p "$2" && squashfuse_ll "$1" "$2" || exit; ' +
    'mount --rbind /dev "$2/dev" && chroot "$2" /bin/sh -c "$3"; status=$?; ' +
    'umount -l "$2/dev" && umount "$2"; exit $status';
  return {
    name: "squashfuse_ll",
    command: async (image, [, , work = ""]) => {
      return ["unshare", "-Urm", "sh", "-c", script, "sh", image, point, work];
    },
  };
}
