/** The configuration of an image: how to run it, and what its layers hold when unpacked. */
import { FatalError } from "../base/error.ts";
import { isDigest } from "./digest.ts";
import { type Fields, parseDocument } from "./json.ts";
import { normalize, type Platform } from "./platform.ts";

export interface ImageConfig {
  readonly platform: Platform;
  readonly created: string | undefined;
  readonly env: readonly string[];
  readonly entrypoint: readonly string[] | undefined;
  readonly cmd: readonly string[] | undefined;
  readonly workingDir: string | undefined;
  readonly user: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** Digests of the layers' archives when uncompressed, the oldest first. */
  readonly diffIds: readonly string[];
  readonly history: readonly HistoryEntry[];
}

export interface HistoryEntry {
  readonly created: string | undefined;
  readonly createdBy: string | undefined;
  readonly comment: string | undefined;
  /** It made no layer. */
  readonly isEmpty: boolean;
}

export function parseConfig(bytes: Uint8Array, what: string): ImageConfig {
  const fields = parseDocument(bytes, `configuration of "${what}"`);
  return {
    ...readRuntime(fields.object("config")),
    platform: normalize({
      os: fields.text("os"),
      architecture: fields.text("architecture"),
      variant: fields.maybeText("variant"),
    }),
    created: fields.maybeText("created"),
    diffIds: readDiffIds(fields),
    history: fields.objects("history")?.map(readHistory) ?? [],
  };
}

type Runtime = Pick<ImageConfig, "env" | "entrypoint" | "cmd" | "workingDir" | "user" | "labels">;

function readRuntime(fields: Fields | undefined): Runtime {
  return {
    env: fields?.texts("Env") ?? [],
    entrypoint: fields?.texts("Entrypoint"),
    cmd: fields?.texts("Cmd"),
    workingDir: fields?.maybeText("WorkingDir") || undefined,
    user: fields?.maybeText("User") || undefined,
    labels: fields?.textMap("Labels") ?? {},
  };
}

function readDiffIds(fields: Fields): readonly string[] {
  const ids = fields.object("rootfs")?.texts("diff_ids");
  if (!ids) throw new FatalError(`cannot read ${fields.what}: "rootfs" has no list of layers`);
  const wrong = ids.find((id) => !isDigest(id));
  if (wrong === undefined) return ids;
  throw new FatalError(`cannot read ${fields.what}: "${wrong}" is no digest known here`);
}

function readHistory(fields: Fields): HistoryEntry {
  return {
    created: fields.maybeText("created"),
    createdBy: fields.maybeText("created_by"),
    comment: fields.maybeText("comment"),
    isEmpty: fields.isTrue("empty_layer"),
  };
}
