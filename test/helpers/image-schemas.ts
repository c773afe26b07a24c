/** The JSON schemas of OCI's image specification, and a validator that is not ours. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { runAny } from "./program.ts";

const SCHEMAS = "/usr/share/gocode/src/github.com/opencontainers/image-spec/schema";
/** The system's: another one in $PATH may not have the module. */
const PYTHON = "/usr/bin/python3";

const NAMES = {
  config: "config-schema.json",
  index: "image-index-schema.json",
  layout: "image-layout-schema.json",
  manifest: "image-manifest-schema.json",
} as const;

export type SchemaName = keyof typeof NAMES;

/** The schemas name each other by addresses that nobody answers at; their files are all here. */
const VALIDATE = `
import json, sys, jsonschema
folder, checker = sys.argv[1], jsonschema.FormatChecker()
def load(address): return json.load(open(folder + "/" + address.split("/")[-1]))
for name, text in json.load(sys.stdin):
    schema = load(name)
    resolver = jsonschema.RefResolver.from_schema(schema, id_of=lambda s: s.get("id", ""),
                                                  handlers={"https": load})
    validator = jsonschema.Draft4Validator(schema, resolver=resolver, format_checker=checker)
    for fault in validator.iter_errors(json.loads(text)):
        print(name, "/".join(map(str, fault.absolute_path)), fault.message)
`;

export const HAS_SCHEMAS =
  existsSync(join(SCHEMAS, NAMES.manifest)) &&
  runAny("sh", ["-c", `${PYTHON} -c "import jsonschema"`]).status === 0;
export const NO_SCHEMAS =
  "no schemas or no validator here: install the packages golang-github-opencontainers-image-spec-dev and python3-jsonschema";

export type Document = readonly [schema: SchemaName, text: string];

/** What the schemas have against documents; nothing if they are as they should be. */
export function faultsOf(...documents: readonly Document[]): string {
  const input = JSON.stringify(documents.map(([schema, text]) => [NAMES[schema], text]));
  return execFileSync(PYTHON, ["-W", "ignore", "-c", VALIDATE, SCHEMAS], {
    input,
    encoding: "utf8",
  });
}
