/**
 * Platforms, as images name them: `linux/amd64`, `linux/arm64/v8`. A variant is an extension of the
 * instruction set; a processor runs what was made for its own variant and for lesser ones.
 */
import { arch } from "node:os";
import { usageError } from "../base/error.ts";

export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string | undefined;
}

/** What others call them, and Go's name and variant. */
const ALIASES: Readonly<Record<string, readonly [architecture: string, variant?: string]>> = {
  aarch64: ["arm64"],
  armel: ["arm", "v5"],
  armhf: ["arm", "v7"],
  i386: ["386"],
  i686: ["386"],
  ia32: ["386"],
  loongarch64: ["loong64"],
  powerpc64le: ["ppc64le"],
  ppc64el: ["ppc64le"],
  x64: ["amd64"],
  x86: ["386"],
  x86_64: ["amd64"],
};

/** Asked for by those who take an image for whatever processor there is. */
const ANY = "yolo";

/** The variant that is meant where none is given. */
const BASE_VARIANTS: Readonly<Record<string, string>> = { amd64: "v1", arm: "v7", arm64: "v8" };

/** Read `ARCHITECTURE`, `ARCHITECTURE/VARIANT` or `OS/ARCHITECTURE[/VARIANT]`. */
export function parsePlatform(text: string): Platform {
  const words = text.toLowerCase().split("/");
  const [os = "", name = "", variant] = isVariant(words) ? ["linux", ...words] : words;
  const wrong = words.length > 3 || words.some((word) => !/^[a-z0-9_.-]+$/.test(word));
  if (wrong || name === "")
    throw usageError(`"${text}" is no platform`, "for example: linux/arm64");
  return normalize({ os, architecture: name, variant });
}

/** Whether the first word is a processor's name, not a system's. */
function isVariant(words: readonly string[]): boolean {
  return words.length === 1 || (words.length === 2 && /^v\d/.test(words[1] ?? ""));
}

/** The one spelling of a platform. */
export function normalize({ os, architecture, variant }: Platform): Platform {
  const known = Object.hasOwn(ALIASES, architecture) ? ALIASES[architecture] : undefined;
  const [name, implied] = known ?? [architecture];
  const version = variant || implied;
  return version ? { os, architecture: name, variant: version } : { os, architecture: name };
}

/** The platform that we run on. Node.js does not tell a variant: its absence means the base. */
export function hostPlatform(): Platform {
  const name = arch();
  // Of its two byte orders, Node.js supports the little one.
  return normalize({ os: "linux", architecture: name === "ppc64" ? "ppc64le" : name });
}

export function formatPlatform({ os, architecture, variant }: Platform): string {
  return variant ? `${os}/${architecture}/${variant}` : `${os}/${architecture}`;
}

export function isAny({ architecture }: Platform): boolean {
  return architecture === ANY;
}

/**
 * How well something made for `offered` fits a machine that is `wanted`: 0 is exactly, more is a
 * lesser variant, undefined does not run.
 */
export function distance(wanted: Platform, offered: Platform): number | undefined {
  const [w, o] = [normalize(wanted), normalize(offered)];
  if (isAny(w)) return o.architecture === "unknown" ? undefined : 0;
  if (w.os !== o.os || w.architecture !== o.architecture) return undefined;
  const steps = level(w) - level(o);
  return steps < 0 ? undefined : steps;
}

function level({ architecture, variant }: Platform): number {
  const version = variant ?? BASE_VARIANTS[architecture] ?? "v0";
  const number = Number(version.replace(/^v/, ""));
  return Number.isFinite(number) ? number : 0;
}
