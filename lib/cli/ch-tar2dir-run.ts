/** What ch-tar2dir does with its arguments. */
import { statSync } from "node:fs";
import { FatalError } from "../base/error.ts";
import type { Task } from "../base/task.ts";
import { convert } from "../convert/convert.ts";
import { imageName, tarSuffixes } from "../convert/infer.ts";
import { planConversion } from "../convert/plan.ts";
import { makeSettings } from "../convert/settings.ts";
import type { Arguments } from "./arguments.ts";

export async function runTar2dir(args: Arguments, task: Task): Promise<void> {
  const [tarball = "", folder = ""] = args.operands;
  const input = findTarball(tarball);
  const output = `${folder.replace(/\/+$/, "")}/${imageName(input)}`;
  const kinds = { inputKind: "tar", outputKind: "dir" } as const;
  const plan = await planConversion({ input, output, ...kinds, clobber: true });
  const verb = plan.output?.replaces === "image" ? "replacing existing" : "creating new";
  task.log.tell(`${verb} image ${output}`);
  await convert(plan, makeSettings(output, "dir", { xattrs: args.isOn("xattrs", true) }), task);
  task.log.tell(`${output} unpacked ok`);
}

/** The archive as named, or with the suffix that was left out. */
function findTarball(name: string): string {
  const candidates = [name, ...tarSuffixes().map((suffix) => name + suffix)];
  const found = candidates.find((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
  if (found) return found;
  throw new FatalError(`cannot find the tar archive "${name}"`);
}
