/** ch-image push. */
import { usageError } from "../base/error.ts";
import { type Task, withParts } from "../base/task.ts";
import { defaultRegistry } from "../host/default-registry.ts";
import type { PushableImage } from "../oci/image.ts";
import { type IndexEntry, indexDocument } from "../oci/index-document.ts";
import { familiarName, parseReference, type Reference } from "../oci/reference.ts";
import { type Document, Push } from "../oci/registry/push.ts";
import { openRegistry } from "../oci/registry/registry.ts";
import { digestOf } from "../oci/verify.ts";
import { siblings } from "../store/siblings.ts";
import type { Storage } from "../store/storage.ts";
import type { Arguments } from "./arguments.ts";
import { jobsOf, registrySettings } from "./ch-image-pull.ts";
import { withPushImages } from "./ch-image-push-images.ts";
import { namedStorage } from "./ch-image-storage.ts";

export async function runPush(args: Arguments, task: Task): Promise<void> {
  const storage = namedStorage(args, task);
  const { images: names, target: to } = operandsOf(args);
  const target = parseReference(to, defaultRegistry(process.env, task.log));
  const line = await withParts(task, (parts) =>
    withPushImages({ names, storage, args, task: parts }, (images) =>
      push(args, { images, target, storage }, parts),
    ),
  );
  task.log.print(line);
}

/** The last operand is where to, if there are several; an only one is both. */
function operandsOf(args: Arguments): { images: readonly string[]; target: string } {
  const { operands } = args;
  const target = operands.at(-1) ?? "";
  const isIndex = args.count("index") > 0;
  if (isIndex && operands.length < 2) throw usageError("--index wants images, and then REF");
  if (!isIndex && operands.length > 2) {
    throw usageError(`one operand too many: "${operands[1]}"`, "several images want --index");
  }
  if (args.value("image") === undefined) {
    return { images: operands.length > 1 ? operands.slice(0, -1) : operands, target };
  }
  if (isIndex) throw usageError("--image and --index exclude each other");
  return { images: [args.value("image") ?? ""], target };
}

interface Sending {
  readonly images: readonly PushableImage[];
  readonly target: Reference;
  readonly storage: Storage;
}

async function push(args: Arguments, sending: Sending, task: Task): Promise<string> {
  const { images, target, storage } = sending;
  const name = familiarName(target);
  const client = await openRegistry(target, registrySettings(args), task);
  const meter = task.log.meter(name, await totalSize(images));
  let done = 0;
  const onBytes = (count: number): void => {
    done += count;
    meter.update(done);
  };
  try {
    const known = await siblings(storage, target);
    const siblingOf = (digest: string): string | undefined => known.get(digest);
    const place = { client, repository: target.repository };
    const sender = new Push(place, { jobs: jobsOf(args), siblingOf, onBytes });
    const isIndex = args.count("index") > 0;
    const digest = await (isIndex ? sendIndex(sender, sending) : sendImage(sender, sending));
    return `${name}: ${digest}, ${await countsOf(sender)}`;
  } finally {
    meter.finish();
    client.close();
  }
}

async function sendImage(sender: Push, { images: [image], target }: Sending): Promise<string> {
  if (!image) throw new RangeError("nothing to push");
  requireDigest(target, await image.digest(), image.name);
  await sender.sendParts(image);
  return (await sender.putManifest(await documentOf(image), target.tag ?? target.digest)).digest;
}

async function sendIndex(sender: Push, { images, target }: Sending): Promise<string> {
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

async function countsOf(sender: Push): Promise<string> {
  const [sent, mounted, there] = await Promise.all([
    sender.count("sent"),
    sender.count("mounted"),
    sender.count("there"),
  ]);
  return `${sent} blobs sent, ${mounted} taken over, ${there} already there`;
}
