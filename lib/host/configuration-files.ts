/**
 * Which configuration files there are. The site's are found through the link that installing makes
 * beside the programs, so that the installation can be moved, and no variable leads elsewhere.
 */
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type ConfigLine, parseConfigText } from "../base/config-text.ts";
import type { Environment } from "../base/environment.ts";
import { causeText, errorCode, FatalError, failure } from "../base/error.ts";
import type { Log } from "../base/log.ts";

const NAME = "charliecloud.conf";
const LINK = "sysconfdir";
const LONGEST_FILE = 1024 * 1024;

export interface ConfigFile {
  readonly path: string;
  readonly owner: "site" | "user";
  readonly lines: readonly ConfigLine[];
}

/** The files that there are, in the order they are to be read. */
export function readConfigFiles(env: Environment, log: Log): readonly ConfigFile[] {
  const user = userPath(env);
  return [
    ...sitePaths().flatMap((path) => readFile(path, "site", log) ?? []),
    ...(user ? (readFile(user, "user", log) ?? []) : []),
  ];
}

function sitePaths(): readonly string[] {
  const folder = siteFolder();
  if (folder === undefined) return [];
  const parts = join(folder, "conf.d");
  const names = listFolder(parts).filter((name) => /^[^.].*\.conf$/s.test(name));
  const sorted = names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return [join(folder, NAME), ...sorted.map((name) => join(parts, name))];
}

/** Undefined: this program is not installed. */
function siteFolder(): string | undefined {
  const here = dirname(fileURLToPath(import.meta.url));
  try {
    return join(resolve(here, readlinkSync(join(here, LINK))), "charliecloud");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw failure("find configuration by", join(here, LINK), error);
  }
}

function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw failure("read", folder, error);
  }
}

/** What is relative means nothing, by the XDG Base Directory Specification. */
function userPath(env: Environment): string | undefined {
  const [chosen, home] = [env["XDG_CONFIG_HOME"], env["HOME"]];
  const folder = chosen?.startsWith("/") ? chosen : home?.startsWith("/") && join(home, ".config");
  return folder ? join(folder, "charliecloud", NAME) : undefined;
}

/** One file in a list, or none: a user's that is not ours to read is left out. */
function readFile(path: string, owner: ConfigFile["owner"], log: Log): readonly ConfigFile[] {
  const fd = openFile(path, owner, log);
  if (fd === undefined) return [];
  try {
    const fault = faultOf(fd, owner);
    if (fault === undefined) return [{ path, owner, lines: parseConfigText(readText(fd), path) }];
    if (owner === "site") throw new Error(fault);
    log.info(`configuration file "${path}" is not read: ${fault}`);
    return [];
  } catch (error) {
    throw error instanceof FatalError ? error : failure("read configuration file", path, error);
  } finally {
    closeSync(fd);
  }
}

function openFile(path: string, owner: ConfigFile["owner"], log: Log): number | undefined {
  const { O_NOCTTY, O_NONBLOCK, O_RDONLY } = constants;
  try {
    return openSync(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  } catch (error) {
    if (isMissing(error)) return undefined;
    if (owner === "site") throw failure("open configuration file", path, error);
    log.info(`configuration file "${path}" is not read: ${causeText(error)}`);
    return undefined;
  }
}

/** A program that is started as another user often inherits $HOME, and must not obey its files. */
function faultOf(fd: number, owner: ConfigFile["owner"]): string | undefined {
  const status = fstatSync(fd);
  if (!status.isFile()) return "not a file";
  const isTrusted = owner === "site" || [0, process.geteuid?.()].includes(status.uid);
  return isTrusted ? undefined : `belongs to uid ${status.uid}`;
}

function readText(fd: number): string {
  if (fstatSync(fd).size > LONGEST_FILE) throw new Error("File too large");
  const text = readFileSync(fd, "utf8");
  if (text.includes("\0")) throw new Error("not text");
  return text;
}

function isMissing(error: unknown): boolean {
  return ["ENOENT", "ENOTDIR"].includes(errorCode(error) ?? "");
}
