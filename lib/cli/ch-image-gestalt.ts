/** ch-image gestalt: what it is like here, for scripts that have to know. */
import { FatalError, usageError } from "../base/error.ts";
import { findProgram } from "../base/search.ts";
import type { Task } from "../base/task.ts";
import { readConfiguration } from "../host/configuration.ts";
import { defaultRegistry } from "../host/default-registry.ts";
import { fuseObstacle } from "../host/fuse.ts";
import { formatPlace } from "../oci/reference.ts";
import type { Arguments } from "./arguments.ts";
import { namedStorage } from "./ch-image-storage.ts";

/** Programs of others, and what cannot be done without them. */
const PROGRAMS: readonly (readonly [name: string, use: string])[] = [
  ["mksquashfs", "SquashFS output"],
  ["unsquashfs", "SquashFS input"],
  ["unshare", "layers by overlayfs"],
  ["setpriv", "helpers that end with a killed command"],
  ["fusermount3", "ch-mount"],
];

type Answer = (args: Arguments, task: Task) => void;

const ANSWERS: Readonly<Record<string, Answer>> = {
  bucache: noBuild,
  "bucache-dot": noBuild,
  dependencies: printDependencies,
  logging: logEverything,
  registry: (_, { log }) => log.print(formatPlace(defaultRegistry(process.env, log))),
  "storage-path": (args, task) => task.log.print(namedStorage(args, task).path),
};

export function runGestalt(args: Arguments, task: Task): void {
  const [what] = args.operands;
  answerTo(what)(args, task);
}

function answerTo(what: string | undefined): Answer {
  if (what === undefined) return printAll;
  const answer = Object.hasOwn(ANSWERS, what) ? ANSWERS[what] : undefined;
  if (answer) return answer;
  throw usageError(`unknown question "${what}"`, `there are: ${Object.keys(ANSWERS).join(", ")}`);
}

function printAll(args: Arguments, task: Task): void {
  const { path } = namedStorage(args, task);
  const registry = formatPlace(defaultRegistry(process.env, task.log));
  const lines = readConfiguration(process.env, task.log).list("ch-image.mirror");
  const mirrors = lines.map(({ value }) => value);
  if (args.count("json") > 0) {
    const known = { storagePath: path, defaultRegistry: registry, mirrors, ...dependencies() };
    task.log.print(JSON.stringify(known, null, 2));
  } else {
    task.log.print(`storage: ${path}\ndefault registry: ${registry}`);
    for (const mirror of mirrors) task.log.print(`mirror: ${mirror}`);
    printDependencies(args, task);
  }
}

function dependencies() {
  const programs = PROGRAMS.map(([name, use]) => ({ name, path: findProgram(name) ?? null, use }));
  return { node: process.version, fuse: fuseObstacle() ?? "works", programs };
}

export function printDependencies(args: Arguments, { log }: Task): void {
  const all = dependencies();
  const lines = [
    `Node.js: ${all.node}`,
    `FUSE: ${all.fuse}`,
    ...all.programs.map(
      ({ name, path, use }) => `${name}: ${path ?? `not found, and so no ${use}`}`,
    ),
  ];
  log.print(args.count("json") > 0 ? JSON.stringify(all, null, 2) : lines.join("\n"));
}

/** One line of each kind, to see where they go and what they look like. */
function logEverything(_: Arguments, { log }: Task): void {
  log.tell("a result");
  log.notice("a notice");
  log.info("what is done (--verbose)");
  log.debug("how it is done (--verbose twice)");
  log.warning("a warning");
  log.hint("a hint");
}

function noBuild(): never {
  throw new FatalError("ch-image cannot build images, and so has no build cache");
}
