/** Images in storage: how long until ch-image has listed them, and until a program of one runs. */
import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { formatRecord } from "../lib/store/record.ts";
import type { Contest } from "./contest.ts";
import type { Images } from "./images.ts";
import type { Contender } from "./race.ts";
import type { Track } from "./track.ts";

const IMAGES = 100;
const LAYERS = 10;

export async function storedContests(images: Images, track: Track): Promise<Contest[]> {
  return [await listContest(track), await layersContest(images, track)];
}

async function listContest(track: Track): Promise<Contest> {
  const storage = await makeStorage("list.ch", track);
  for (let number = 0; number < IMAGES; number++) {
    await writeRecord(storage, `image-${number}`, ["1", "2", "3"]);
  }
  await track.own(storage);
  const reference: Contender = {
    name: "node -e 0",
    command: [process.execPath, "-e", "0"],
    ours: false,
  };
  const chImage = join(track.programs, "ch-image");
  const plain: Contender = {
    name: "this ch-image list",
    command: ["env", `CH_IMAGE_STORAGE=${storage}`, chImage, "list"],
    ours: true,
  };
  const withOptions = ["--long", "--json"].map((option): Contender => {
    const command = [chImage, "list", option, `--storage=${storage}`];
    return { name: `this ch-image list ${option} --storage`, command, ours: true };
  });
  const title = `list of ${IMAGES} images in storage`;
  return {
    title,
    reference,
    contenders: [reference, plain, ...withOptions],
    crowd: false,
    heavy: false,
  };
}

/** The tree is the oldest layer; each of the others has a file of its own. */
async function layersContest({ directory }: Images, track: Track): Promise<Contest> {
  const storage = await makeStorage("layers.ch", track);
  const ids = Array.from({ length: LAYERS }, (_, number) => `${number}`.padStart(32, "0"));
  for (const id of ids.slice(1)) {
    await mkdir(join(storage, "layers", id, "srv"), { recursive: true });
    await writeFile(join(storage, "layers", id, "srv", id), id);
  }
  const options = { recursive: true, verbatimSymlinks: true };
  await cp(directory, join(storage, "layers", ids[0] ?? ""), options);
  await writeRecord(storage, "stacked", ids.toReversed());
  await track.own(storage);
  const chRun = join(track.programs, "ch-run");
  const reference: Contender = {
    name: "this ch-run, directory",
    command: [chRun, directory, "--", "/bin/true"],
    ours: true,
  };
  const stacked: Contender = {
    name: `this ch-run, ${LAYERS} layers in storage`,
    command: [chRun, `--storage=${storage}`, "stacked", "--", "/bin/true"],
    ours: true,
  };
  const title = "start of true from layers in storage";
  return { title, reference, contenders: [reference, stacked], crowd: true, heavy: false };
}

async function makeStorage(name: string, track: Track): Promise<string> {
  const storage = join(track.folder, name);
  for (const folder of ["img", "layers"]) await mkdir(join(storage, folder), { recursive: true });
  return storage;
}

async function writeRecord(
  storage: string,
  image: string,
  layers: readonly string[],
): Promise<void> {
  const digest = `sha256:${"0".repeat(64)}`;
  const record = formatRecord({
    name: `${image}:latest`,
    source: `${image}:latest`,
    sourceDigest: digest,
    digest,
    config: digest,
    platform: "linux/amd64",
    size: 1_000_000,
    added: "2026-01-01T00:00:00.000Z",
    layers,
  });
  await writeFile(join(storage, "img", `${image}+latest`), record);
}
