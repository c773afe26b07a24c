/**
 * Whom TLS trusts: whoever is in the file that $SSL_CERT_FILE or $REQUESTS_CA_BUNDLE names, else in
 * the system's, else in Mozilla's list that Node.js brings; and besides the user's own, and what
 * lies for one registry in the folders that Docker and Podman look in.
 */
import { X509Certificate } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import type { Environment } from "../../base/environment.ts";
import { errorCode, FatalError, failure } from "../../base/error.ts";

const SYSTEM_FILES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
];
const REGISTRY_FOLDERS = ["/etc/containers/certs.d", "/etc/docker/certs.d"];

export interface Trust {
  /** A file of certificates besides. */
  readonly caFile: string | undefined;
  readonly env: Environment;
}

/**
 * Certificates to trust when speaking to `registry` (host and port); undefined: those that Node.js
 * trusts anyway. Each takes its time to read, so that no list is put beside another.
 */
export function certificates(registry: string, { caFile, env }: Trust): string[] | undefined {
  const base = baseFile(env);
  const own = [
    ...(caFile ? [readCertificates(caFile)] : []),
    ...registryFolders(env).flatMap((folder) => readFolder(join(folder, registry))),
  ];
  if (base !== undefined) return [readNamed(base), ...own];
  return own.length > 0 ? [...rootCertificates, ...own] : undefined;
}

function baseFile(env: Environment): string | undefined {
  return env["SSL_CERT_FILE"] || env["REQUESTS_CA_BUNDLE"] || SYSTEM_FILES.find(existsSync);
}

function registryFolders(env: Environment): readonly string[] {
  const home = env["HOME"];
  const own = home ? [join(home, ".config/containers/certs.d")] : [];
  return [...own, ...REGISTRY_FOLDERS];
}

/** OpenSSL passes over what is no certificate, and then trusts nobody whom the user meant. */
function readCertificates(path: string): string {
  const text = readNamed(path);
  try {
    new X509Certificate(text);
  } catch (cause) {
    const hint = 'they have to be in PEM format, which begins with "-----BEGIN CERTIFICATE-----"';
    throw new FatalError(`cannot read certificates from "${path}": there is none`, { hint, cause });
  }
  return text;
}

/** One who names a file wants it read. */
function readNamed(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw failure("read certificates from", path, error);
  }
}

function readFolder(folder: string): readonly string[] {
  try {
    const files = readdirSync(folder).filter((name) => name.endsWith(".crt"));
    return files.map((name) => readNamed(join(folder, name)));
  } catch (error) {
    // Not there, or not for us.
    if (["EACCES", "ENOENT", "ENOTDIR"].includes(errorCode(error) ?? "")) return [];
    throw failure("read certificates from", folder, error);
  }
}
