/** ch-image: the storage directory and what comes into it. */
import type { Task } from "../base/task.ts";
import { runAction } from "./actions.ts";
import type { Arguments } from "./arguments.ts";
import { IMAGE_ACTIONS } from "./ch-image-actions.ts";
import { IMAGE_OPTIONS } from "./ch-image-options.ts";
import type { Command } from "./command.ts";

export const chImage: Command = {
  name: "ch-image",
  summary: "Fetch images from registries, send them there, and manage those in storage.",
  operands: [
    { name: "ACTION", text: "what to do; ACTION --help tells the options for it" },
    { name: "OPERAND", text: "what to do it with", repeatable: true, optional: true },
  ],
  actions: IMAGE_ACTIONS,
  options: IMAGE_OPTIONS,
  description: [
    "An image is called [HOST[:PORT]/][PATH/]NAME[:TAG][@DIGEST], as Docker does: without a host it is one of Docker Hub, without a tag it is the one with the tag latest. In storage it has the same name, and ch-run takes that name, too.",
    "Registries are asked without a login first, where they allow it. A login is taken from $CH_IMAGE_USERNAME and $CH_IMAGE_PASSWORD, else from the files and credential helpers of podman and docker.",
    "Any number of commands may work with the same storage at the same time, and an interrupted one leaves nothing half-made; a download goes on where it stopped.",
  ],
  examples: [
    {
      text: "Fetch an image and run a command in it",
      commands: ["ch-image pull alpine:3.20", "ch-run alpine:3.20 -- cat /etc/os-release"],
    },
    {
      text: "Fetch an image for another processor, under another name",
      commands: ["ch-image pull --arch=arm64 alpine alpine-arm"],
    },
    {
      text: "Send an image to another registry",
      commands: ["ch-image push alpine:3.20 registry.example.com/project/alpine:3.20"],
    },
    {
      text: "See what there is, and remove what belongs to a project",
      commands: ["ch-image list --long", "ch-image delete 'registry.example.com/project/*'"],
    },
  ],
  async run(args: Arguments, task: Task): Promise<void> {
    try {
      await runAction(chImage, args, task);
    } catch (error) {
      const { explainPath } = await import("./ch-image-path.ts");
      throw explainPath(error);
    }
  },
};
