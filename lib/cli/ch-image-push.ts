/** ch-image push. */
import { usageError } from "../base/error.ts";
import { type Task, withParts } from "../base/task.ts";
import { defaultRegistry } from "../host/default-registry.ts";
import { parseReference } from "../oci/reference.ts";
import { sendImages, sentText } from "../oci/registry/send.ts";
import { siblings } from "../store/siblings.ts";
import type { Arguments } from "./arguments.ts";
import { jobsOf, registrySettings } from "./ch-image-pull.ts";
import { withPushImages } from "./ch-image-push-images.ts";
import { namedStorage } from "./ch-image-storage.ts";

export async function runPush(args: Arguments, task: Task): Promise<void> {
  const storage = namedStorage(args, task);
  const { images: names, target: to } = operandsOf(args);
  const target = parseReference(to, defaultRegistry(process.env, task.log));
  const sent = await withParts(task, (parts) =>
    withPushImages({ names, storage, args, task: parts }, async (images) => {
      const destination = {
        target,
        asIndex: args.count("index") > 0,
        registry: registrySettings(args),
        known: siblings(storage, target),
        jobs: jobsOf(args),
      };
      return sendImages(images, destination, parts);
    }),
  );
  if (args.count("json") > 0) task.log.print(JSON.stringify(sent, null, 2));
  else task.log.tell(sentText(sent));
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
