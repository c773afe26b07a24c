/** ch-umount: undoes ch-mount. */
import type { Task } from "../base/task.ts";
import type { Arguments } from "./arguments.ts";
import type { Command } from "./command.ts";

export const chUmount: Command = {
  name: "ch-umount",
  summary: "Unmount an image that ch-mount has mounted, and remove its directory.",
  operands: [{ name: "DIR", text: "directory that the image is mounted on" }],
  options: [],
  description: [
    "Where ch-mount had to unpack the image, what it unpacked is deleted. A directory that ch-mount has not made is an error, and is left alone.",
  ],
  examples: [{ text: "Unmount an image", commands: ["ch-umount /var/tmp/mnt/hello"] }],
  async run(args: Arguments, task: Task): Promise<void> {
    const [name = ""] = args.operands;
    const { detachImage } = await import("../convert/mount.ts");
    await detachImage(name, task);
    task.log.print(`unmounted and removed ${name.replace(/(?<=.)\/+$/, "")}`);
  },
};
