/** ch-umount: undoes ch-mount. */
import type { Task } from "../base/task.ts";
import type { Arguments } from "./arguments.ts";
import type { Command } from "./command.ts";

export const chUmount: Command = {
  name: "ch-umount",
  summary: "Unmount an image that ch-mount has mounted, and remove its directory.",
  operands: [{ name: "DIR", text: "directory that an image is mounted on", repeatable: true }],
  options: [],
  description: [
    "Where ch-mount had to unpack the image, what it unpacked is deleted. A directory that ch-mount has not made is an error, and is left alone. Of several directories, those before the one that fails are gone then, the others are left.",
    "An image in use stays mounted, and the processes that use it are named, as far as you may see them: their working or root directory, program, open or mapped file is in the image.",
  ],
  examples: [{ text: "Unmount an image", commands: ["ch-umount /var/tmp/mnt/hello"] }],
  async run(args: Arguments, task: Task): Promise<void> {
    const { detachImage } = await import("../convert/mount.ts");
    for (const name of args.operands) {
      await detachImage(name, task);
      task.log.tell(`unmounted and removed ${name.replace(/(?<=.)\/+$/, "")}`);
    }
  },
};
