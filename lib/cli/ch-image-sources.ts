/** ch-image check --source: what registries say today of the images that came from them. */
import type { Task } from "../base/task.ts";
import { demandsOf } from "../host/demands.ts";
import { parsePlatform } from "../oci/platform.ts";
import { parseReference, versionOf } from "../oci/reference.ts";
import { RegistryImage } from "../oci/registry/registry-image.ts";
import { type Sources, withSources } from "../oci/registry/sources.ts";
import { type ImageRecord, isFromRegistry } from "../store/record.ts";
import type { Arguments } from "./arguments.ts";
import { sourcesOfPull } from "./ch-image-pull.ts";

/** What is different now, a line each; undefined: it did not come from a registry. */
export async function sourceFaults(
  image: ImageRecord,
  args: Arguments,
  task: Task,
): Promise<readonly string[] | undefined> {
  if (!isFromRegistry(image)) return undefined;
  const reference = parseReference(image.source);
  return withSources(sourcesOfPull(args, reference, task), task, (sources) =>
    ask(image, sources, task),
  );
}

async function ask(image: ImageRecord, sources: Sources, task: Task): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const question of [requireSameName, requireTrusted]) {
    try {
      const fault = await question(image, sources, task);
      if (fault !== undefined) faults.push(fault);
    } catch (error) {
      task.signal.throwIfAborted();
      faults.push(error instanceof Error ? error.message : String(error));
    }
  }
  return faults;
}

/** Whether the name still stands for what it stood for. */
async function requireSameName(
  { source, sourceDigest, platform }: ImageRecord,
  sources: Sources,
): Promise<string | undefined> {
  const version = versionOf(parseReference(source));
  const named = new RegistryImage(sources, version, parsePlatform(platform), { rules: [] });
  const now = await named.topDigest();
  return now === sourceDigest ? undefined : `"${source}" is "${now}" now, not "${sourceDigest}"`;
}

/** The image that is here is there yet, and as the configuration wants it today. */
async function requireTrusted(
  { source, sourceDigest, digest, platform }: ImageRecord,
  sources: Sources,
  { log }: Task,
): Promise<string | undefined> {
  const demands = demandsOf(parseReference(source), { env: process.env, log, digest });
  await new RegistryImage(sources, sourceDigest, parsePlatform(platform), demands).digest();
  return undefined;
}
