/** Opening a registry as ch-image does, with an environment that is the test's alone. */
import { join } from "node:path";
import { Log, QUIET } from "../../lib/base/log.ts";
import { parsePlatform } from "../../lib/oci/platform.ts";
import { parseReference, versionOf } from "../../lib/oci/reference.ts";
import type { RegistryClient } from "../../lib/oci/registry/client.ts";
import { openRegistry, type RegistrySettings } from "../../lib/oci/registry/registry.ts";
import { RegistryImage } from "../../lib/oci/registry/registry-image.ts";
import { withSources } from "../../lib/oci/registry/sources.ts";
import { ownFolder } from "./own-folder.ts";

/** A home without anything in it; that of nobody, "/nonexistent", may be there and somebody else's. */
export const EMPTY_HOME = join(ownFolder(), "home");

export type Settings = Partial<RegistrySettings> & { readonly signal?: AbortSignal };

/** Do something with a registry; it is closed afterwards. */
export async function withRegistry<T>(
  reference: string,
  { signal = new AbortController().signal, ...settings }: Settings,
  work: (client: RegistryClient) => Promise<T>,
): Promise<T> {
  const task = { log: new Log("test", QUIET), signal };
  const client = await openRegistry(parseReference(reference), complete(settings), task);
  try {
    return await work(client);
  } finally {
    client.close();
  }
}

function complete(settings: Partial<RegistrySettings>): RegistrySettings {
  const defaults = { plainHttp: false, verifyTls: true, caFile: undefined, authFirst: false };
  return { ...defaults, env: { HOME: EMPTY_HOME }, ...settings };
}

/** Do something with an image of a registry. */
export function withImage<T>(
  reference: string,
  settings: Settings & { readonly platform?: string },
  work: (image: RegistryImage) => Promise<T>,
): Promise<T> {
  const { platform = "amd64", signal = new AbortController().signal, ...rest } = settings;
  const parsed = parseReference(reference);
  const task = { log: new Log("test", QUIET), signal };
  const place = { reference: parsed, registry: complete(rest), mirrors: [] };
  return withSources(place, task, (sources) =>
    work(new RegistryImage(sources, versionOf(parsed), parsePlatform(platform), { rules: [] })),
  );
}
