/** What the configuration files want of an image in a registry before anything of it is used. */
import type { Environment } from "../base/environment.ts";
import { usageError } from "../base/error.ts";
import type { Log } from "../base/log.ts";
import { isDigest } from "../oci/digest.ts";
import type { Reference } from "../oci/reference.ts";
import type { Demands } from "../oci/registry/registry-image.ts";
import { linesFor } from "../oci/scope.ts";
import { parseRule } from "../oci/signature/rules.ts";
import { readConfiguration } from "./configuration.ts";

/** `digest` is what the user wants it to be. */
export function demandsOf(
  reference: Reference,
  { env, log, digest }: { readonly env: Environment; readonly log: Log; readonly digest?: string },
): Demands {
  if (digest !== undefined && !isDigest(digest)) {
    throw usageError(`--digest takes a digest, not "${digest}"`);
  }
  const lines = readConfiguration(env, log).list("ch-image.trust");
  return { digest, rules: linesFor(lines.map(parseRule), reference) };
}
