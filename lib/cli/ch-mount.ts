/** ch-mount: a SquashFS image as a directory, for as long as it is wanted. */
import { usageError } from "../base/error.ts";
import type { Task } from "../base/task.ts";
import type { Arguments } from "./arguments.ts";
import type { Command } from "./command.ts";

export const chMount: Command = {
  name: "ch-mount",
  summary: "Mount a SquashFS image on a directory and serve it in the background.",
  operands: [
    {
      name: "SQFS",
      text: "image to mount, or a SIF file that holds one; several are mounted side by side",
      repeatable: true,
    },
    { name: "DIR", text: "directory to mount it in, as DIR/NAME; made if it is not there" },
  ],
  options: [
    {
      name: "list",
      text: "list the images that are mounted, with their directories and the process that serves each; root sees those of all users",
      withoutOperands: true,
    },
    { name: "json", text: "with --list, print JSON" },
    {
      name: "offset",
      argument: "BYTES",
      text: "SQFS is a file in which a SquashFS image begins BYTES bytes after the start (a SIF file needs no such help)",
    },
  ],
  description: [
    "NAME is the name of the image without its suffix. The image stays mounted until ch-umount unmounts it. Where FUSE cannot be used, it is unpacked to DIR/NAME instead, which takes longer and needs space; ch-umount then deletes it. If one of several images cannot be mounted, none stays mounted.",
    "ch-run runs an image without any of this: it mounts SquashFS images by itself.",
  ],
  examples: [
    {
      text: "Mount an image, run a command in it, and unmount it",
      commands: [
        "ch-mount /var/tmp/hello.sqfs /var/tmp/mnt",
        "ch-run /var/tmp/mnt/hello -- echo hello",
        "ch-umount /var/tmp/mnt/hello",
      ],
    },
  ],
  async run(args: Arguments, task: Task): Promise<void> {
    const { listMounted, mountAll } = await import("./ch-mount-run.ts");
    if (args.count("list") > 0) return listMounted(args, task);
    if (args.count("json") > 0) throw usageError("--json is for --list only");
    await mountAll(args, task);
  },
};
