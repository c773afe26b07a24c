/** Which registry a name without a host is for. */
import type { Environment } from "../base/environment.ts";
import { FatalError } from "../base/error.ts";
import type { Log } from "../base/log.ts";
import { HUB, parsePlace, type RegistryPlace } from "../oci/reference.ts";
import { readConfiguration } from "./configuration.ts";

const VARIABLE = "CH_REGY_DEFAULT_HOST";
const TLS_PORT = "443";

/** What the environment or the configuration files say, else Docker Hub. */
export function defaultRegistry(env: Environment, log: Log): RegistryPlace {
  const choices = { variable: VARIABLE, exported: exportedRegistry(env, log) };
  const text = readConfiguration(env, log).choose("ch-image.default-registry", choices);
  if (text === undefined) return HUB;
  const place = parsePlace(text);
  if (place) return place;
  throw new FatalError(`cannot use default registry "${text}": not HOST[:PORT][/PATH]`, {
    hint: `it is from $${VARIABLE} or from "ch-image.default-registry" of a configuration file`,
  });
}

/** Port and path are nothing without a host. */
function exportedRegistry(env: Environment, log: Log): string | undefined {
  const { CH_REGY_DEFAULT_PORT: port, CH_REGY_PATH_PREFIX: prefix } = env;
  const host = env[VARIABLE];
  if (host) return `${host}${port && port !== TLS_PORT ? `:${port}` : ""}${below(prefix)}`;
  if (port) log.warning(`$CH_REGY_DEFAULT_PORT has no effect without $${VARIABLE}`);
  if (prefix) log.warning(`$CH_REGY_PATH_PREFIX has no effect without $${VARIABLE}`);
  return undefined;
}

function below(prefix: string | undefined): string {
  return prefix ? `/${prefix.replace(/^\/+/, "")}` : "";
}
