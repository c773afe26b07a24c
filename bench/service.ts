/** What serving SquashFS costs once a program runs: reading and walking all, many readers of one. */
import { join } from "node:path";
import type { Contest } from "./contest.ts";
import { type Images, LARGE_FILE, READER } from "./images.ts";
import { kernelPeers } from "./kernel.ts";
import { contender, findPeers, type Peer } from "./peers.ts";
import type { Track } from "./track.ts";

/** What is done in the image, in words of reader.c. */
const WORKS: readonly (readonly [string, readonly string[]])[] = [
  ["read all files, fresh mount", ["read", "1"]],
  ["read all files again", ["read", "2"]],
  ["walk all files, fresh mount", ["walk", "1"]],
  ["walk all files again", ["walk", "2"]],
  ["one reader of a large file", ["part", "1", LARGE_FILE]],
  ["8 readers of parts of a large file", ["part", "8", LARGE_FILE]],
];

export async function serviceContests({ large }: Images, track: Track): Promise<Contest[]> {
  const { charliecloud, ours, oursBySquashfuse } = await findPeers(track);
  const reference = squashfusePeer(track);
  const served = [
    reference,
    ...(await kernelPeers(large, track)),
    ...[charliecloud, oursBySquashfuse, ours],
  ];
  const plain: Peer = { ...ours, name: "this ch-run, directory" };
  return Promise.all(
    WORKS.map(async ([title, words]) => {
      const program = [READER, ...words];
      const contenders = await Promise.all([
        ...served.map((peer) => contender(peer, large.path, program)),
        contender(plain, large.directory, program),
      ]);
      return {
        title: `${title}, SquashFS ${large.name}`,
        reference: contenders.find(({ name }) => name === reference.name) ?? contenders[0],
        contenders,
        crowd: false,
        heavy: true,
        tells: true,
      };
    }),
  );
}

/** The mount that squashfuse_ll(1) makes, in namespaces where it may. */
function squashfusePeer(track: Track): Peer {
  const point = join(track.folder, "point");
  // The server is in the namespaces, too: whoever leaves the mount leaves them for ever.
  const script =
    'mkdir -p "$2" && squashfuse_ll "$1" "$2" || exit; point=$2; shift 2; ' +
    'chroot "$point" "$@"; status=$?; umount "$point"; exit $status';
  return {
    name: "squashfuse_ll",
    command: async (image, program) => {
      return ["unshare", "-Urm", "sh", "-c", script, "sh", image, point, ...program];
    },
  };
}
