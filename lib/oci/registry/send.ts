/** Sending an image, or several as one, to the registry that its name there says. */
import { usageError } from "../../base/error.ts";
import type { Task } from "../../base/task.ts";
import type { PushableImage } from "../image.ts";
import { type IndexEntry, indexDocument } from "../index-document.ts";
import { familiarName, type Reference } from "../reference.ts";
import { digestOf } from "../verify.ts";
import { type Document, Push } from "./push.ts";
import { openRegistry, type RegistrySettings } from "./registry.ts";

export interface SendTo {
  readonly target: Reference;
  /** Several images, each for another platform, or one that is to be in a list. */
  readonly asIndex: boolean;
  readonly registry: RegistrySettings;
  /** Other repositories of the registry that may have a blob, by digest. */
  readonly known: ReadonlyMap<string, string>;
  /** Uploads at the same time. */
  readonly jobs: number;
}

/** What has become of it. */
export interface Sent {
  readonly name: string;
  readonly digest: string;
  /** Numbers of blobs: sent, taken over from other repositories, already there. */
  readonly sent: number;
  readonly takenOver: number;
  readonly there: number;
}

/** Send the images. */
export async function sendImages(
  images: readonly PushableImage[],
  { target, asIndex, registry, known, jobs }: SendTo,
  task: Task,
): Promise<Sent> {
  const name = familiarName(target);
  const client = await openRegistry(target, registry, task);
  const meter = task.log.meter(name, await totalSize(images));
  let done = 0;
  const onBytes = (count: number): void => {
    done += count;
    meter.update(done);
  };
  try {
    const siblingOf = (digest: string): string | undefined => known.get(digest);
    const place = { client, repository: target.repository };
    const sender = new Push(place, { jobs, siblingOf, onBytes });
    const digest = await (asIndex ? sendIndex : sendImage)(sender, images, target);
    return { name, digest, ...(await countsOf(sender)) };
  } finally {
    meter.finish();
    client.close();
  }
}

async function sendImage(
  sender: Push,
  [image]: readonly PushableImage[],
  target: Reference,
): Promise<string> {
  if (!image) throw new RangeError("nothing to push");
  requireDigest(target, await image.digest(), image.name);
  await sender.sendParts(image);
  return (await sender.putManifest(await documentOf(image), target.tag ?? target.digest)).digest;
}

async function sendIndex(
  sender: Push,
  images: readonly PushableImage[],
  target: Reference,
): Promise<string> {
  const entries: IndexEntry[] = [];
  for (const image of images) {
    const { platform } = await image.config();
    const { bytes, mediaType } = await documentOf(image);
    entries.push({ mediaType, digest: await image.digest(), size: bytes.length, platform });
  }
  const index = indexDocument(entries);
  requireDigest(target, digestOf(index.bytes), "the list of images");
  for (const image of images) {
    await sender.sendParts(image);
    await sender.putManifest(await documentOf(image));
  }
  return (await sender.putManifest(index, target.tag ?? target.digest)).digest;
}

async function documentOf(image: PushableImage): Promise<Document> {
  const { mediaType } = await image.manifest();
  return { mediaType, bytes: await image.manifestBytes() };
}

/** Who names a digest wants that image there and no other. */
function requireDigest(target: Reference, digest: string, what: string): void {
  if (target.digest === undefined || target.digest === digest) return;
  throw usageError(`cannot push ${what} as "${familiarName(target)}": its digest is ${digest}`);
}

async function totalSize(images: readonly PushableImage[]): Promise<number> {
  const manifests = await Promise.all(images.map((image) => image.manifest()));
  const parts = manifests.flatMap(({ config, layers }) => [config, ...layers]);
  const sizes = new Map(parts.map(({ digest, size }) => [digest, size]));
  return [...sizes.values()].reduce((total, size) => total + size, 0);
}

async function countsOf(sender: Push): Promise<Pick<Sent, "sent" | "takenOver" | "there">> {
  const [sent, takenOver, there] = await Promise.all([
    sender.count("sent"),
    sender.count("mounted"),
    sender.count("there"),
  ]);
  return { sent, takenOver, there };
}

/** In words. */
export function sentText({ name, digest, sent, takenOver, there }: Sent): string {
  return `${name}: ${digest}, ${sent} blobs sent, ${takenOver} taken over, ${there} already there`;
}
