/** What ch-convert does with its arguments. */
import { usageError } from "../base/error.ts";
import type { Task } from "../base/task.ts";
import { convert } from "../convert/convert.ts";
import type { FormatKind, FormatSettings, Preparation } from "../convert/formats/format.ts";
import { parseFormatName } from "../convert/infer.ts";
import { type Plan, planConversion, planOutput, type Request } from "../convert/plan.ts";
import { makeSettings } from "../convert/settings.ts";
import { readProfile } from "../convert/startup/profile.ts";
import { hostPlatform } from "../oci/platform.ts";
import { familiarName, parseReference } from "../oci/reference.ts";
import type { Arguments } from "./arguments.ts";

/** skopeo's word for an image in a registry. */
const REGISTRY_PREFIX = "docker://";
const DOWNLOADS = 8;

export async function runConvert(args: Arguments, task: Task): Promise<void> {
  const [input = "", output = ""] = args.operands;
  const request = {
    output,
    outputKind: formatOption(args, "out-fmt"),
    clobber: args.count("no-clobber") === 0,
  };
  if (input.startsWith(REGISTRY_PREFIX)) return convertRegistry(args, { ...request, input }, task);
  const inputKind = formatOption(args, "in-fmt");
  const rewrites = preparationOf(args) !== undefined;
  const plan = await planConversion({ ...request, input, inputKind, rewrites });
  const settings = settingsOf(args, plan);
  if (!announce(args, { ...plan, inputNoun: plan.inputFormat.noun }, task)) return;
  await convert(plan, settings, task);
}

async function convertRegistry(
  args: Arguments,
  request: Omit<Request, "inputKind" | "rewrites">,
  task: Task,
): Promise<void> {
  const reference = parseReference(request.input.slice(REGISTRY_PREFIX.length));
  if (args.value("in-fmt") !== undefined) {
    throw usageError("--in-fmt has no meaning for an image in a registry");
  }
  const { output, outputFormat: format } = await planOutput(request);
  const settings = settingsOf(args, { output, outputFormat: format });
  const input = familiarName(reference);
  const announced = { input, inputNoun: "image in a registry", output, outputFormat: format };
  if (!announce(args, announced, task)) return;
  const { convertFromRegistry } = await import("../convert/from-registry.ts");
  const registry = {
    plainHttp: false,
    verifyTls: true,
    authFirst: false,
    caFile: undefined,
    env: process.env,
  };
  const origin = { reference, registry, platform: hostPlatform(), downloads: DOWNLOADS };
  await convertFromRegistry(origin, { output, format, settings }, task);
}

function settingsOf(
  args: Arguments,
  { output, outputFormat }: Pick<Plan, "output" | "outputFormat">,
): FormatSettings {
  return makeSettings(output.name, outputFormat.kind, {
    xattrs: args.isOn("xattrs", true),
    compress: args.value("compress"),
    blockSize: args.value("block-size"),
    jobs: args.value("jobs"),
    temporary: args.value("tmp"),
    preparation: preparationOf(args),
  });
}

function preparationOf(args: Arguments): Preparation | undefined {
  const file = args.value("profile");
  if (file !== undefined) return { profile: readProfile(file) };
  return args.count("prepare") > 0 ? {} : undefined;
}

function formatOption(args: Arguments, name: string): FormatKind | undefined {
  const value = args.value(name);
  return value === undefined ? undefined : parseFormatName(value);
}

interface Announced extends Pick<Plan, "input" | "output" | "outputFormat"> {
  readonly inputNoun: string;
}

/** Say what will be done; returns whether it is to be done. */
function announce(args: Arguments, announced: Announced, task: Task): boolean {
  const dryRun = args.count("dry-run") > 0;
  for (const line of describe(announced)) dryRun ? task.log.print(line) : task.log.info(line);
  return !dryRun;
}

function describe({ input, inputNoun, output, outputFormat }: Announced): string[] {
  const replaces =
    output.replaces === "nothing" ? "" : ` (replaces the existing ${output.replaces})`;
  return [
    `input:  ${inputNoun} "${input}"`,
    `output: ${outputFormat.noun} "${output.name}"${replaces}`,
  ];
}
