/** ch-image pull --squash: from a registry to one SquashFS file. */
import { usageError } from "../base/error.ts";
import type { Task } from "../base/task.ts";
import { squashFormat } from "../convert/formats/squash.ts";
import { convertFromRegistry } from "../convert/from-registry.ts";
import { inspectOutput } from "../convert/output.ts";
import { makeSettings } from "../convert/settings.ts";
import { defaultRegistry } from "../host/default-registry.ts";
import { formatPlatform } from "../oci/platform.ts";
import { familiarName, parseReference } from "../oci/reference.ts";
import type { Arguments } from "./arguments.ts";
import {
  demandsOfPull,
  jobsOf,
  platformOf,
  pulledText,
  sourcesOfPull,
  warnOfPlatform,
} from "./ch-image-pull.ts";
import { namedStorage } from "./ch-image-storage.ts";

export async function runPullSquash(args: Arguments, file: string, task: Task): Promise<void> {
  const [from = "", name] = args.operands;
  if (name !== undefined) {
    throw usageError("--squash makes a file and nothing in storage: NAME has no meaning");
  }
  const reference = parseReference(from, defaultRegistry(process.env, task.log));
  const origin = {
    ...sourcesOfPull(args, reference, task),
    platform: platformOf(args),
    demands: demandsOfPull(args, reference, task),
    downloads: jobsOf(args),
    fetchAnew: args.count("always-download") > 0,
  };
  const settings = makeSettings(file, "squash", {
    xattrs: true,
    storage: namedStorage(args, task),
  });
  const output = await inspectOutput(file, { kind: "squash", clobber: true });
  const destination = { output, format: squashFormat, settings };
  const { platform, ...fetched } = await convertFromRegistry(origin, destination, task);
  const image = { name: familiarName(reference), platform: formatPlatform(platform) };
  warnOfPlatform(image, args, task);
  if (args.count("json") === 0) return task.log.tell(`${file}: ${pulledText(fetched)}`);
  task.log.print(JSON.stringify({ file, ...image, ...fetched }, null, 2));
}
