/** ch-image import and export: conversions of which one side is storage. */
import { usageError } from "../base/error.ts";
import type { Task } from "../base/task.ts";
import { convert } from "../convert/convert.ts";
import type { FormatKind } from "../convert/formats/format.ts";
import { FORMATS } from "../convert/formats.ts";
import { parseFormatName } from "../convert/infer.ts";
import { type Plan, planConversion } from "../convert/plan.ts";
import { makeSettings, temporaryPlace } from "../convert/settings.ts";
import { withInput } from "../convert/standard-input.ts";
import { familiarName, parseReference } from "../oci/reference.ts";
import type { Storage } from "../store/storage.ts";
import type { Arguments } from "./arguments.ts";
import { archOf } from "./ch-image-pull.ts";
import { namedStorage } from "./ch-image-storage.ts";

export async function runImport(args: Arguments, task: Task): Promise<void> {
  const storage = namedStorage(args, task);
  // Without a name it is called as the source says.
  const [operand = "", output = ""] = args.operands;
  const inputKind = formatOf(args);
  await withInput(operand, { temporary: temporaryPlace(undefined), task }, async (input) => {
    const plan = await planConversion({
      ...{ input, inputKind, clobber: true, storage },
      ...{ output, outputKind: "ch-image" },
    });
    await carryOut(plan, { storage, arch: archOf(args) }, task);
  });
}

export async function runExport(args: Arguments, task: Task): Promise<void> {
  const storage = namedStorage(args, task);
  const [name = "", output = ""] = args.operands;
  const input = familiarName(parseReference(name));
  const plan = await planConversion({
    ...{ input, inputKind: "ch-image", clobber: true, storage },
    ...{ output, outputKind: formatOf(args), isPath: true },
  });
  await carryOut(plan, { storage }, task);
  task.log.tell(`${input}: ${plan.outputFormat.noun} "${output}"`);
}

interface Place {
  readonly storage: Storage;
  readonly arch?: string | undefined;
}

function carryOut(plan: Plan, place: Place, task: Task): Promise<void> {
  const { target, outputFormat } = plan;
  const settings = makeSettings(target.place, outputFormat.kind, { xattrs: true, ...place });
  return convert(plan, settings, task);
}

/** Of what is on disk. */
function formatOf(args: Arguments): FormatKind | undefined {
  const value = args.value("format");
  const kind = value === undefined ? undefined : parseFormatName(value);
  if (kind === undefined || FORMATS[kind].form !== "none") return kind;
  throw usageError(`--format=${value} is for nothing on disk`, "ch-convert knows that format, too");
}
