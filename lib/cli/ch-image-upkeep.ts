/** What ch-image does with storage as a whole. */
import type { Arguments } from "./arguments.ts";
import { REGISTRY, STORAGE } from "./ch-image-options.ts";
import type { Action } from "./command.ts";

export const UPKEEP_ACTIONS: readonly Action[] = [
  {
    name: "gc",
    operands: [],
    options: [...STORAGE, "now", "json"],
    text: "remove from storage what no image needs, what was deleted a day ago, and what interrupted downloads have left",
    async run(args: Arguments, task): Promise<void> {
      const { runGarbageCollection } = await import("./ch-image-gc.ts");
      await runGarbageCollection(args, task);
    },
  },
  {
    name: "df",
    operands: [],
    options: [...STORAGE, "long", "json"],
    text: "print what storage uses, and how much of it gc can free",
    async run(args: Arguments, task): Promise<void> {
      const { runDf } = await import("./ch-image-df.ts");
      await runDf(args, task);
    },
  },
  {
    name: "reset",
    operands: [],
    options: [...STORAGE, "dry-run", "force"],
    text: "delete everything in storage, for good; asks first",
    async run(args: Arguments, task): Promise<void> {
      const { runReset } = await import("./ch-image-reset.ts");
      await runReset(args, task);
    },
  },
  {
    name: "check",
    operands: [],
    options: [...STORAGE, ...REGISTRY, "repair", "source", "json"],
    text: "hold every file of every image in storage against its digest, and say what is damaged or missing; with --repair, fetch and unpack that anew",
    async run(args: Arguments, task): Promise<void> {
      const { runCheck } = await import("./ch-image-check.ts");
      await runCheck(args, task);
    },
  },
  {
    name: "dependencies",
    operands: [],
    options: ["json"],
    text: "print which programs of others are found, and what is not possible without them",
    async run(args: Arguments, task): Promise<void> {
      const { printDependencies } = await import("./ch-image-gestalt.ts");
      printDependencies(args, task);
    },
  },
  {
    name: "gestalt",
    operands: [
      {
        name: "WHAT",
        text: "bucache, bucache-dot, dependencies, logging, registry or storage-path",
        optional: true,
      },
    ],
    options: [...STORAGE, "json"],
    text: "print what ch-image is like here, all or one thing: where storage is, the registry of names without one, the programs of others that it finds; or have a line of each kind logged. The status is 1 for what it cannot do",
    async run(args: Arguments, task): Promise<void> {
      const { runGestalt } = await import("./ch-image-gestalt.ts");
      runGestalt(args, task);
    },
  },
];
