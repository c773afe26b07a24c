/** ch-mount: a SquashFS image as a directory, for as long as it is wanted. */
import type { Task } from "../base/task.ts";
import type { Arguments } from "./arguments.ts";
import type { Command } from "./command.ts";

export const chMount: Command = {
  name: "ch-mount",
  summary: "Mount a SquashFS image on a directory and serve it in the background.",
  operands: [
    { name: "SQFS", text: "image to mount" },
    { name: "DIR", text: "directory to mount it in, as DIR/NAME; made if it is not there" },
  ],
  options: [],
  description: [
    "NAME is the name of the image without its suffix. The image stays mounted until ch-umount unmounts it. Where FUSE cannot be used, it is unpacked to DIR/NAME instead, which takes longer and needs space; ch-umount then deletes it.",
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
    const [image = "", folder = ""] = args.operands;
    const { attachImage } = await import("../convert/mount.ts");
    const path = await attachImage(image, folder, task);
    task.log.info(`"${image}" is available at "${path}"`);
  },
};
