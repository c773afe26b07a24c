/** What ch-convert does with its arguments. */
import type { Task } from "../base/task.ts";
import { convert } from "../convert/convert.ts";
import type { FormatKind, Preparation } from "../convert/formats/format.ts";
import { parseFormatName } from "../convert/infer.ts";
import { type Plan, planConversion } from "../convert/plan.ts";
import { makeSettings, temporaryPlace } from "../convert/settings.ts";
import { withInput } from "../convert/standard-input.ts";
import { readProfile } from "../convert/startup/profile.ts";
import type { Arguments } from "./arguments.ts";
import { registrySettings } from "./ch-image-pull.ts";
import { namedStorage } from "./ch-image-storage.ts";

export function runConvert(args: Arguments, task: Task): Promise<void> {
  const [input = ""] = args.operands;
  const place = { temporary: temporaryPlace(args.value("tmp")), task };
  return withInput(input, place, (path) => convertInput(path, args, task));
}

async function convertInput(input: string, args: Arguments, task: Task): Promise<void> {
  const [, output = ""] = args.operands;
  const preparation = preparationOf(args);
  const storage = namedStorage(args, task);
  const plan = await planConversion({
    input,
    output,
    inputKind: formatOption(args, "in-fmt"),
    outputKind: formatOption(args, "out-fmt"),
    clobber: args.count("no-clobber") === 0,
    rewrites: preparation !== undefined,
    storage,
  });
  const settings = makeSettings(plan.target.place, plan.outputFormat.kind, {
    xattrs: args.isOn("xattrs", true),
    compress: args.value("compress"),
    blockSize: args.value("block-size"),
    jobs: args.value("jobs"),
    temporary: args.value("tmp"),
    arch: args.value("arch"),
    preparation,
    registry: registrySettings(args),
    storage,
  });
  const dryRun = args.count("dry-run") > 0;
  for (const line of describe(plan)) dryRun ? task.log.print(line) : task.log.info(line);
  if (!dryRun) await convert(plan, settings, task);
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

function describe({ input, inputFormat, target, outputFormat, output }: Plan): string[] {
  const replaced = output?.replaces ?? "nothing";
  const replaces = replaced === "nothing" ? "" : ` (replaces the existing ${replaced})`;
  return [
    `input:  ${inputFormat.noun} "${input.text}"`,
    `output: ${outputFormat.noun} "${target.text}"${replaces}`,
  ];
}
