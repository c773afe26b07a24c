/** The kernel's own read-only file systems, as root mounts them: by a loop device. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { LargeImage } from "./images.ts";
import type { Peer } from "./peers.ts";
import type { Missing } from "./race.ts";
import { isRoot, type Track } from "./track.ts";

const SCRIPT =
  'mount -t "$0" -o loop,ro "$1" "$2" || exit; point=$2; shift 2; ' +
  'chroot "$point" "$@"; status=$?; umount "$point"; exit $status';

/** Contenders beside those that take `image.path`; the reason is told if there are none. */
export async function kernelPeers(image: LargeImage, track: Track): Promise<Peer[]> {
  const point = join(track.folder, "kernel");
  await mkdir(point, { recursive: true });
  return [
    kernelPeer("squashfs", { image: image.path, point }),
    kernelPeer("erofs", { image: image.erofs, point }),
  ];
}

interface Place {
  readonly image: string | Missing;
  readonly point: string;
}

function kernelPeer(type: string, { image, point }: Place): Peer {
  return {
    name: `kernel's ${type}`,
    asRoot: true,
    async command(_, program) {
      if (!isRoot()) return { missing: "only root may mount it: make bench as root" };
      if (typeof image !== "string") return image;
      return ["unshare", "--mount", "sh", "-c", SCRIPT, type, image, point, ...program];
    },
  };
}
