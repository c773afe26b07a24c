/**
 * What an image says it runs: ENTRYPOINT, CMD and WORKDIR of the image configuration (OCI's
 * "config") in /ch/metadata.json, where ch-run looks, too.
 */
import { posix } from "node:path";
import type { ImageTree } from "./inside.ts";

const METADATA = "ch/metadata.json";

/** The words of the command; those that may be files of the image are paths in it. */
export function entryWords(tree: ImageTree): string[] {
  const config = member(parse(tree), "config");
  const words = [...strings(member(config, "Entrypoint")), ...strings(member(config, "Cmd"))];
  const folder = member(config, "WorkingDir");
  return words.map((word) => place(word, typeof folder === "string" ? folder : "/"));
}

/** A path is relative to WORKDIR; a word alone is left to $PATH. */
function place(word: string, folder: string): string {
  const isPath = word.includes("/") && !word.startsWith("/");
  return isPath ? posix.join("/", folder, word) : word;
}

/** What is not JSON says nothing: ch-run is who complains. */
function parse(tree: ImageTree): unknown {
  const file = tree.findFile(METADATA);
  const text = file === undefined ? undefined : tree.read(file)?.toString();
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function member(value: unknown, name: string): unknown {
  const isObject = typeof value === "object" && value !== null;
  return isObject ? (value as Record<string, unknown>)[name] : undefined;
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string").map(bytes) : [];
}

/** Paths in a tree are byte strings. */
function bytes(text: string): string {
  return Buffer.from(text).toString("latin1");
}
