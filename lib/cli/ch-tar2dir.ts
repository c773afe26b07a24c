/** ch-tar2dir: the first step of the earlier workflow, a tar archive to an image directory. */
import type { Task } from "../base/task.ts";
import type { Arguments } from "./arguments.ts";
import type { Command } from "./command.ts";

export const chTar2dir: Command = {
  name: "ch-tar2dir",
  summary: "Unpack an image from a tar archive into a directory.",
  operands: [
    { name: "TARBALL", text: "archive to unpack, compressed or not; its suffix may be left out" },
    { name: "DIR", text: "directory to make the image in, as DIR/NAME" },
  ],
  options: [
    {
      name: "xattrs",
      negatable: true,
      text: "keep user.* extended attributes, or leave them out; they are kept unless said otherwise",
    },
  ],
  description: [
    "NAME is the name of the archive without its suffix. An image DIR/NAME that exists is replaced when the new one is complete; any other directory of that name is an error, and nothing is touched.",
    "ch-convert does the same and more.",
  ],
  examples: [
    {
      text: "Unpack an image and run a command in it",
      commands: [
        "ch-tar2dir /var/tmp/hello.tar.gz /var/tmp",
        "ch-run /var/tmp/hello -- echo hello",
      ],
    },
  ],
  async run(args: Arguments, task: Task): Promise<void> {
    const { runTar2dir } = await import("./ch-tar2dir-run.ts");
    await runTar2dir(args, task);
  },
};
