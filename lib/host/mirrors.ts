/** Where the configuration files say that an image is to be had besides its registry. */
import type { Environment } from "../base/environment.ts";
import type { Log } from "../base/log.ts";
import type { Reference } from "../oci/reference.ts";
import { mirrored, parseMirror, type RegistryAddress } from "../oci/registry/mirrors.ts";
import { linesFor } from "../oci/scope.ts";
import { readConfiguration } from "./configuration.ts";

/** In the order that they are to be asked in. */
export function mirrorsOf(
  reference: Reference,
  { env, log }: { readonly env: Environment; readonly log: Log },
): readonly RegistryAddress[] {
  const rules = readConfiguration(env, log).list("ch-image.mirror").map(parseMirror);
  return linesFor(rules, reference).map((rule) => mirrored(rule, reference));
}
