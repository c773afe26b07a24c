/** Certificates of our own making, by openssl(1): an authority, and what it has signed. */
import { join } from "node:path";
import { ownFolder } from "./own-folder.ts";
import { must } from "./program.ts";

export interface Certificate {
  readonly authorityFile: string;
  readonly certificateFile: string;
  readonly keyFile: string;
}

const KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];

/**
 * A certificate for these names (`DNS:localhost`, `IP:127.0.0.1`), signed by a new authority; with
 * more words for openssl req.
 */
export function makeCertificate(names: string, more: readonly string[] = []): Certificate {
  const folder = must("mktemp", "-d", join(ownFolder(), "certificate.XXXXXX")).trim();
  const file = (name: string): string => join(folder, name);
  const authority = ["-x509", "-subj", "/CN=test authority", "-keyout", file("authority.key")];
  must("openssl", "req", ...KEY, ...authority, "-out", file("authority.crt"));
  must(
    ...(["openssl", "req", "-x509", ...KEY, "-subj", "/CN=test"] as const),
    ...["-CA", file("authority.crt"), "-CAkey", file("authority.key")],
    ...["-addext", `subjectAltName=${names}`, "-addext", "basicConstraints=critical,CA:FALSE"],
    ...more,
    ...["-keyout", file("server.key"), "-out", file("server.crt")],
  );
  return {
    authorityFile: file("authority.crt"),
    certificateFile: file("server.crt"),
    keyFile: file("server.key"),
  };
}
