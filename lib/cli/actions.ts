/** Commands that do several things: the first operand says which. */
import { usageError } from "../base/error.ts";
import type { Task } from "../base/task.ts";
import type { Arguments } from "./arguments.ts";
import { type Action, actionSynopsis, type Command } from "./command.ts";
import { nearest } from "./spelling.ts";

/** Do what the first operand says; options and operands must be for that. */
export async function runAction(command: Command, args: Arguments, task: Task): Promise<void> {
  const [name = "", ...operands] = args.operands;
  const action = findAction(command, name);
  checkOptions(command, action, args);
  checkOperands(command, action, operands);
  await action.run(args.withOperands(operands), task);
}

function findAction(command: Command, name: string): Action {
  const actions = command.actions ?? [];
  const found = actions.find((action) => action.name === name);
  if (found) return found;
  const names = actions.map((action) => action.name);
  const guess = nearest(name, names);
  const hint = guess ? `did you mean "${guess}"?` : `there are: ${names.join(", ")}`;
  throw usageError(`unknown action "${name}"`, hint);
}

function checkOptions(command: Command, action: Action, args: Arguments): void {
  const stray = command.options.find(
    ({ name }) => args.count(name) > 0 && !action.options.includes(name),
  );
  if (stray) throw usageError(`option --${stray.name} is not for "${action.name}"`);
}

function checkOperands(command: Command, action: Action, given: readonly string[]): void {
  const hint = `usage: ${command.name} ${actionSynopsis(action)}`;
  const missing = action.operands[given.length];
  if (missing && !missing.optional) throw usageError(`operand ${missing.name} is missing`, hint);
  const extra = given[action.operands.length];
  if (extra === undefined || action.operands.some(({ repeatable }) => repeatable)) return;
  throw usageError(`one operand too many: "${extra}"`, hint);
}
