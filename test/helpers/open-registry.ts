/** Opening a registry as ch-image does, with an environment that is the test's alone. */
import { join } from "node:path";
import { Log, QUIET } from "../../lib/base/log.ts";
import { parsePlatform } from "../../lib/oci/platform.ts";
import { familiarName, parseReference } from "../../lib/oci/reference.ts";
import type { RegistryClient } from "../../lib/oci/registry/client.ts";
import { openRegistry, type RegistrySettings } from "../../lib/oci/registry/registry.ts";
import { RegistryImage } from "../../lib/oci/registry/registry-image.ts";
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
  const defaults = { plainHttp: false, verifyTls: true, caFile: undefined, authFirst: false };
  const all = { ...defaults, env: { HOME: EMPTY_HOME }, ...settings };
  const task = { log: new Log("test", QUIET), signal };
  const client = await openRegistry(parseReference(reference), all, task);
  try {
    return await work(client);
  } finally {
    client.close();
  }
}

/** Do something with an image of a registry. */
export async function withImage<T>(
  reference: string,
  settings: Settings & { readonly platform?: string },
  work: (image: RegistryImage) => Promise<T>,
): Promise<T> {
  const { platform = "amd64", ...rest } = settings;
  const parsed = parseReference(reference);
  return withRegistry(reference, rest, (client) => {
    const place = { client, repository: parsed.repository, name: familiarName(parsed) };
    const named = parsed.digest ?? parsed.tag ?? "latest";
    return work(new RegistryImage(place, named, parsePlatform(platform), { rules: [] }));
  });
}
