/** Fetching an image from a registry and unpacking it, against everybody else who does that. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { findProgram } from "../lib/base/search.ts";
import type { Contest } from "./contest.ts";
import type { Images } from "./images.ts";
import type { Contender } from "./race.ts";
import { BenchRegistry, type LayerSource } from "./registry.ts";
import { SQUASHFS_TITLE, squashfsMakers } from "./registry-to-squashfs.ts";
import { isRoot, type Track } from "./track.ts";

const DEBIAN_CH_IMAGE = "/usr/bin/ch-image";
const LAYERS = 6;
const SMALL_TITLE = `pull of ${LAYERS} layers, the tree and some of its folders`;
const LARGE_TITLE = `pull of ${LAYERS} layers, each the tree`;

export interface Puller {
  readonly name: string;
  /** What has to be installed for it. */
  readonly programs: readonly string[];
  /** Of sh: from the registry into the folder $PLACE. */
  script(reference: string): string;
  readonly asRoot?: boolean;
  readonly ours?: boolean;
}

function pullers(track: Track): readonly Puller[] {
  const chImage = join(track.programs, "ch-image");
  return [
    byContainersStorage("podman"),
    byContainersStorage("buildah"),
    {
      name: "skopeo copy, umoci unpack",
      programs: ["skopeo", "umoci"],
      script: (reference) =>
        `skopeo copy -q --insecure-policy --src-tls-verify=false docker://${reference} ` +
        `"oci:$PLACE/oci:x" && umoci unpack --rootless --image "$PLACE/oci:x" "$PLACE/tree"`,
    },
    {
      name: "Debian's ch-image",
      programs: [DEBIAN_CH_IMAGE],
      script: (reference) =>
        `${DEBIAN_CH_IMAGE} -s "$PLACE/s" --no-cache --tls-no-verify pull ${reference}`,
    },
    {
      name: "this ch-image",
      programs: [],
      script: (reference) => `${chImage} -q --storage="$PLACE/s" --tls-no-verify pull ${reference}`,
      ours: true,
    },
  ];
}

/** As root they need nothing of the host; as a user, ids of their own. */
function byContainersStorage(program: string): Puller {
  const places = '--root "$PLACE/root" --runroot "$PLACE/run" --storage-driver overlay';
  return {
    name: program,
    programs: [program],
    script: (reference) => `${program} ${places} pull -q --tls-verify=false ${reference}`,
    asRoot: isRoot(),
  };
}

export async function pullContests(
  { directory }: Images,
  track: Track,
  only: string,
): Promise<Contest[]> {
  const small = { name: "small", layers: treeAndFolders(directory) };
  const large = { name: "large", layers: trees(directory) };
  const wanted = [
    { title: SMALL_TITLE, source: small, pullers: pullers(track) },
    { title: LARGE_TITLE, source: large, pullers: pullers(track) },
    { title: SQUASHFS_TITLE, source: small, pullers: squashfsMakers(track) },
  ].filter(({ title }) => title.includes(only));
  const registry = wanted.length > 0 ? await BenchRegistry.start(track) : undefined;
  if (!registry) return [];
  const references = new Map<unknown, string>();
  for (const source of new Set(wanted.map((one) => one.source))) {
    references.set(source, await registry.putImage(source.name, source.layers));
  }
  return wanted.map(({ title, source, pullers: who }) =>
    contest(title, contendersFor(who, references.get(source) ?? "", track)),
  );
}

/** Words of tar(1) that pack `path` of a tree as something of another folder. */
function moved(tree: string, path: string, folder: string): LayerSource {
  // Not the targets of symbolic links.
  return ["-C", tree, `--transform=flags=rh;s,^\\.,./${folder},`, path];
}

function trees(tree: string): readonly LayerSource[] {
  return Array.from({ length: LAYERS }, (_, index) => moved(tree, ".", `copy${index}`));
}

function treeAndFolders(tree: string): readonly LayerSource[] {
  const folders = ["./usr/sbin", "./usr/sbin", "./etc", "./usr/sbin", "./var/lib"];
  const others = folders.map((folder, index) => moved(tree, folder, `copy${index}`));
  return [["-C", tree, "."], ...others];
}

function isThere(program: string): boolean {
  return program.startsWith("/") ? existsSync(program) : findProgram(program) !== undefined;
}

function contendersFor(
  pulling: readonly Puller[],
  reference: string,
  track: Track,
): readonly Contender[] {
  return pulling.map((puller): Contender => {
    const { name, asRoot = false, ours = false } = puller;
    const place = join(track.folder, `pulled by ${name}`);
    const clean = ["sh", "-c", 'rm -rf "$0" && mkdir "$0"', place];
    const missing = puller.programs.find((program) => !isThere(program));
    if (missing !== undefined) return { name, ours, command: { missing: `no ${missing}` } };
    const command = [
      "env",
      `PLACE=${place}`,
      `HOME=${place}`,
      "sh",
      "-c",
      puller.script(reference),
    ];
    return { name, ours, asRoot, before: clean, command };
  });
}

function contest(title: string, contenders: readonly Contender[]): Contest {
  const [first] = contenders;
  if (!first) throw new RangeError("a contest without contenders");
  return { title, reference: first, contenders, crowd: false, heavy: true };
}
