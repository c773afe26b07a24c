/**
 * What a user writes for an image to be read or written: a path, or a name; in front of it may be
 * the format, in skopeo's words (`oci:DIR:TAG`), and behind a path that holds several images which
 * of them is meant.
 */
import { existsSync } from "node:fs";
import { usageError } from "../base/error.ts";
import type { FormatKind } from "./formats/kind.ts";

export interface Location {
  /** The whole, for messages. */
  readonly text: string;
  /** Undefined: it has to be found out. */
  readonly kind: FormatKind | undefined;
  /** The path, or the name. */
  readonly place: string;
  /** Which image of that path. */
  readonly reference: string | undefined;
  /** Where in the file a SquashFS image begins; its content tells without it. */
  readonly offset?: number | undefined;
}

const PREFIXES: Readonly<Record<string, FormatKind>> = {
  "ch-image:": "ch-image",
  "containers-storage:": "podman",
  "docker-archive:": "docker-archive",
  "docker://": "registry",
  "docker-daemon:": "docker",
  "oci-archive:": "oci-archive",
  "oci:": "oci",
};
const HOLDERS: readonly FormatKind[] = ["docker-archive", "oci", "oci-archive"];

/** Take apart what the user wrote; `claimed` is what an option says of the format. */
export function parseLocation(text: string, claimed?: FormatKind): Location {
  const prefix = Object.keys(PREFIXES).find((candidate) => text.startsWith(candidate)) ?? "";
  const said = PREFIXES[prefix];
  const whole = { text, kind: claimed, place: text, reference: undefined };
  if (said === "registry" && claimed) {
    throw usageError(`"${text}" is an image in a registry, and of no other format`);
  }
  if (!said || (claimed && claimed !== said)) return split(whole);
  return split({ ...whole, kind: said, place: text.slice(prefix.length) });
}

function split(location: Location): Location {
  const { kind, place } = location;
  const colon = place.indexOf(":");
  if (!kind || !HOLDERS.includes(kind) || colon <= 0 || existsSync(place)) return location;
  return { ...location, place: place.slice(0, colon), reference: place.slice(colon + 1) };
}
