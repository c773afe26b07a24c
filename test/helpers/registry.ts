/**
 * A registry of this host, Debian's docker-registry, for the tests of one file: on a port that the
 * kernel chooses, with its data in the file's own folder. Several can serve the same data in
 * different ways: open, by TLS, with a login.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { Certificate } from "./certificate.ts";
import { ownFolder } from "./own-folder.ts";

const PROGRAM = "docker-registry";
/** bcrypt's answer to "testpw". */
const PASSWORD = "$2y$05$xrXWd1kmPlZc.QSkgk/ffORewDP..6g/F35oUK/79/7RsWCa3o9N.";

export const HAS_REGISTRY = spawnSync(PROGRAM, ["--version"]).status === 0;
export const NO_REGISTRY = "no docker-registry here: install the package docker-registry";

export interface RegistryOptions {
  /** Registries of the same name serve the same data. */
  readonly data?: string;
  /** Its addresses are relative. */
  readonly relative?: boolean;
  readonly certificate?: Certificate;
  /** User "test" with password "testpw", or tokens of the server at this address. */
  readonly login?: "password" | { readonly realm: string; readonly certificate: Certificate };
  /** A file to be made: a line for each request. */
  readonly accessLog?: string;
}

let started = 0;

/** Start a registry; returns `HOST:PORT`. It ends with the test file. */
export async function startRegistry(options: RegistryOptions = {}): Promise<string> {
  const folder = join(ownFolder(), `registry-${started++}`);
  mkdirSync(folder);
  const file = join(folder, "config.json");
  writeFileSync(file, JSON.stringify(configuration(folder, options)));
  const output = options.accessLog ? openSync(options.accessLog, "w") : "ignore";
  const child = spawn(PROGRAM, ["serve", file], { stdio: ["ignore", output, "pipe"] });
  process.once("exit", () => child.kill("SIGKILL"));
  const address = await listening(child);
  child.unref();
  return address;
}

function configuration(folder: string, options: RegistryOptions): unknown {
  const { data = "registry-data", relative = false, certificate, login, accessLog } = options;
  const files = { certificate: certificate?.certificateFile, key: certificate?.keyFile };
  return {
    version: "0.1",
    log: { level: "info", accesslog: { disabled: !accessLog } },
    storage: {
      filesystem: { rootdirectory: join(ownFolder(), data) },
      delete: { enabled: true },
      maintenance: { uploadpurging: { enabled: false } },
    },
    http: {
      addr: "127.0.0.1:0",
      secret: "x",
      relativeurls: relative,
      ...(certificate ? { tls: files } : {}),
    },
    ...(login ? { auth: authentication(folder, login) } : {}),
  };
}

function authentication(folder: string, login: NonNullable<RegistryOptions["login"]>): unknown {
  if (login === "password") {
    const path = join(folder, "htpasswd");
    writeFileSync(path, `test:${PASSWORD}\n`);
    return { htpasswd: { realm: "test", path } };
  }
  const { realm, certificate } = login;
  const rootcertbundle = certificate.certificateFile;
  return { token: { realm, service: "test-registry", issuer: "test-issuer", rootcertbundle } };
}

/** It says where it listens, and then goes on talking to nobody. */
async function listening(child: ChildProcess): Promise<string> {
  const words: string[] = [];
  for await (const line of createInterface({ input: child.stderr as Readable })) {
    words.push(line);
    const [, address] = /listening on ([0-9.]+:\d+)/.exec(line) ?? [];
    if (address === undefined) continue;
    const stream = child.stderr as Readable & { unref?: () => void };
    stream.resume();
    stream.unref?.();
    return address;
  }
  throw new Error(`the registry has ended: ${words.join("\n")}`);
}
