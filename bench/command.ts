/** The command line of the benchmark. */
import type { Command } from "../lib/cli/command.ts";

export const bench: Command = {
  name: "bench",
  summary: "Measure this build against its peers, interleaved, in one table.",
  operands: [],
  options: [
    { name: "json", text: "print JSON instead of tables" },
    {
      name: "rounds",
      argument: "N",
      text: "start each program N times alone (default 31), and many at once a sixth as often",
    },
    {
      name: "dir",
      argument: "DIR",
      text: "work in DIR, which should be on a tmpfs that allows to execute (default /dev/shm)",
    },
    {
      name: "tree",
      argument: "TAR",
      text: "use this root file system; made by mmdebstrap if it is not there, and kept",
    },
    { name: "only", argument: "TEXT", text: "only the tables whose title has TEXT in it" },
  ],
  description: [
    "The programs of one table take turns, in an order that is random but the same in every run. Medians are compared. CPU time and memory count all processes that were started, servers included. Peers that are not installed, or that fail, are named as not measured.",
    "As root, everything measured runs as an ordinary user.",
  ],
  examples: [
    { text: "A quick look", commands: ["make bench BENCH_FLAGS=--rounds=7"] },
    { text: "For a program", commands: ["make -s bench BENCH_FLAGS=--json >bench.json"] },
  ],
  async run(args, task) {
    const { runBench } = await import("./run.ts");
    await runBench(args, task);
  },
};
