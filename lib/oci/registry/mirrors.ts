/**
 * Mirrors: hosts that have what a registry has, or a part of it, and are asked first. Lines of the
 * configuration files,
 *
 *     ch-image.mirror = REGISTRY[/PATH] [http://]HOST[:PORT][/PATH]
 *
 * what comes after the first in an image's name comes after the second in the mirror.
 */
import { FatalError } from "../../base/error.ts";
import { parsePlace, type Reference, type RegistryPlace } from "../reference.ts";
import type { ScopedLine } from "../scope.ts";

export interface MirrorRule extends ScopedLine {
  readonly mirror: RegistryPlace;
}

/** A repository of a registry. */
export type RegistryAddress = Pick<Reference, "registry" | "repository" | "plainHttp">;

/** Read a line; throws if it cannot be meant. */
export function parseMirror({
  value,
  place,
  fixed,
}: Omit<ScopedLine, "scope"> & { readonly value: string }): MirrorRule {
  const [scope = "", text = "", ...more] = value.trim().split(/\s+/);
  const mirror = parsePlace(text);
  if (mirror && parsePlace(scope) && more.length === 0) {
    return { scope: scope.replace(/\/+$/, ""), mirror, place, fixed };
  }
  throw new FatalError(`${place}: "ch-image.mirror = ${value}": no mirror`, {
    hint: "write REGISTRY[/PATH], a blank, and where its mirror is: [http://]HOST[:PORT][/PATH]",
  });
}

/** Where a mirror has an image that its line is for. */
export function mirrored(
  { scope, mirror }: MirrorRule,
  { registry, repository }: Pick<Reference, "registry" | "repository">,
): RegistryAddress {
  const rest = `${registry}/${repository}`.slice(scope.length + 1);
  const path = [mirror.prefix, rest].filter(Boolean).join("/");
  return { registry: mirror.registry, repository: path, plainHttp: mirror.plainHttp };
}
