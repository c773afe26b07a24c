/** ch-image pull. */
import { usageError } from "../base/error.ts";
import { TRANSFERS } from "../base/limit.ts";
import { formatBytes } from "../base/progress.ts";
import type { Task } from "../base/task.ts";
import { defaultRegistry } from "../host/default-registry.ts";
import { demandsOf } from "../host/demands.ts";
import { mirrorsOf } from "../host/mirrors.ts";
import { hostPlatform, isAny, parsePlatform } from "../oci/platform.ts";
import {
  familiarName,
  fullName,
  parseReference,
  type Reference,
  versionOf,
} from "../oci/reference.ts";
import type { RegistrySettings } from "../oci/registry/registry.ts";
import { type Demands, RegistryImage } from "../oci/registry/registry-image.ts";
import { type SourcesOptions, withSources } from "../oci/registry/sources.ts";
import { addImage } from "../store/add.ts";
import type { ImageRecord } from "../store/record.ts";
import type { Arguments } from "./arguments.ts";
import { loginSettings } from "./ask-login.ts";
import { namedStorage } from "./ch-image-storage.ts";

export async function runPull(args: Arguments, task: Task): Promise<void> {
  const [from = "", to = from] = args.operands;
  const reference = parseReference(from, defaultRegistry(process.env, task.log));
  if (args.count("parse-only") > 0) return task.log.print(fullName(reference));
  const name = familiarName(parseReference(to));
  const record = await pull(args, { reference, name }, task);
  warnOfPlatform(record, args, task);
  if (args.count("json") === 0) return task.log.tell(`${name}: ${pulledText(record)}`);
  const { layers: _, ...image } = record;
  task.log.print(JSON.stringify(image, null, 2));
}

/** `sha256:..., 29.1 MiB of layers` */
export function pulledText({ digest, size }: Pick<ImageRecord, "digest" | "size">): string {
  return `${digest}, ${formatBytes(size)} of layers`;
}

function pull(
  args: Arguments,
  { reference, name }: { readonly reference: Reference; readonly name: string },
  task: Task,
): Promise<ImageRecord> {
  const jobs = jobsOf(args);
  const platform = platformOf(args);
  const demands = demandsOfPull(args, reference, task);
  return withSources(sourcesOfPull(args, reference, task), task, (sources) => {
    const image = new RegistryImage(sources, versionOf(reference), platform, demands);
    const storage = namedStorage(args, task);
    const fetchAnew = args.count("always-download") > 0;
    return addImage({ storage, image, name, jobs, fetchAnew, task });
  });
}

export function demandsOfPull(args: Arguments, reference: Reference, { log }: Task): Demands {
  const digest = args.value("digest");
  return demandsOf(reference, { env: process.env, log, ...(digest ? { digest } : {}) });
}

export function sourcesOfPull(
  args: Arguments,
  reference: Reference,
  { log }: Task,
): SourcesOptions {
  const mirrors = mirrorsOf(reference, { env: process.env, log });
  return { reference, registry: registrySettings(args), mirrors };
}

export function platformOf(args: Arguments) {
  const arch = archOf(args);
  return arch === undefined || arch === "host" ? hostPlatform() : parsePlatform(arch);
}

/** By either name. */
export function archOf(args: Arguments): string | undefined {
  const [arch, platform] = [args.value("arch"), args.value("platform")];
  if (arch === undefined || platform === undefined) return arch ?? platform;
  throw usageError("--arch and --platform are the same: give one of them");
}

export function registrySettings(args: Arguments): RegistrySettings {
  const authFile = args.value("authfile");
  return {
    plainHttp: args.count("plain-http") > 0,
    verifyTls: args.count("tls-no-verify") === 0,
    caFile: args.value("tls-ca"),
    ...loginSettings(args),
    env: authFile ? { ...process.env, REGISTRY_AUTH_FILE: authFile } : process.env,
  };
}

export function jobsOf(args: Arguments): number {
  const text = args.value("jobs") ?? String(TRANSFERS);
  if (/^[1-9]\d{0,2}$/.test(text)) return Number(text);
  throw usageError(`--jobs takes a number from 1 to 999, not "${text}"`);
}

/** An image that is for one platform only is taken as it is. */
export function warnOfPlatform(
  { name, platform }: Pick<ImageRecord, "name" | "platform">,
  args: Arguments,
  task: Task,
): void {
  const wanted = platformOf(args);
  const [os, architecture] = platform.split("/");
  if (isAny(wanted) || (os === wanted.os && architecture === wanted.architecture)) return;
  task.log.warning(`image "${name}" is for ${platform}: it exists for no other platform`);
}
