/** From a registry to one SquashFS file: merged on the way, against fetching, unpacking, packing. */
import { join } from "node:path";
import type { Puller } from "./pull.ts";
import type { Track } from "./track.ts";

const PACK = "mksquashfs";
const OPTIONS =
  '"$PLACE/x.sqfs" -comp zstd -Xcompression-level 3 -b 131072 -noappend -quiet -no-progress';
const DEBIAN_CH_IMAGE = "/usr/bin/ch-image";

export const SQUASHFS_TITLE = "registry to SquashFS, zstd 3";

/** All who make a SquashFS file of an image in a registry. */
export function squashfsMakers(track: Track): readonly Puller[] {
  return [...PEERS, ...ours(track)];
}

const PEERS: readonly Puller[] = [
  {
    name: "skopeo, umoci unpack, mksquashfs",
    programs: ["skopeo", "umoci", PACK],
    script: (reference) =>
      `skopeo copy -q --insecure-policy --src-tls-verify=false docker://${reference} ` +
      `"oci:$PLACE/oci:x" && umoci unpack --rootless --image "$PLACE/oci:x" "$PLACE/tree" && ` +
      `${PACK} "$PLACE/tree/rootfs" ${OPTIONS}`,
  },
  {
    name: "Debian's ch-image pull, mksquashfs",
    programs: [DEBIAN_CH_IMAGE, PACK],
    script: (reference) =>
      `${DEBIAN_CH_IMAGE} -s "$PLACE/s" --no-cache --tls-no-verify pull ${reference} && ` +
      `${PACK} "$PLACE"/s/img/* ${OPTIONS}`,
  },
];

function ours({ programs }: Track): readonly Puller[] {
  const chImage = join(programs, "ch-image");
  const chConvert = join(programs, "ch-convert");
  return [
    {
      name: "this ch-image pull, as a directory, mksquashfs",
      programs: [PACK],
      script: (reference) =>
        `${chImage} -q --storage="$PLACE/s" --tls-no-verify pull ${reference} && ` +
        `${chConvert} -q --storage="$PLACE/s" -i ch-image -o dir ${reference} "$PLACE/tree" && ` +
        `${PACK} "$PLACE/tree" ${OPTIONS}`,
      ours: true,
    },
    {
      name: "this ch-image pull --squash",
      programs: [PACK],
      script: (reference) =>
        `${chImage} -q --tls-no-verify pull --squash="$PLACE/x.sqfs" ${reference}`,
      ours: true,
    },
    {
      name: "this ch-convert docker://",
      programs: [PACK],
      script: (reference) =>
        `${chConvert} -q --tls-no-verify docker://${reference} "$PLACE/x.sqfs"`,
      ours: true,
    },
  ];
}
