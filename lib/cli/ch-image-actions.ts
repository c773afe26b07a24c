/** What ch-image can do. Each action's code is loaded when it is asked for. */
import type { Arguments } from "./arguments.ts";
import { PULL, REGISTRY, STORAGE } from "./ch-image-options.ts";
import { UPKEEP_ACTIONS } from "./ch-image-upkeep.ts";
import type { Action } from "./command.ts";

const IMAGE = { name: "IMAGE", text: "name of an image" };

const REGISTRY_OPERAND = { name: "REGISTRY", text: "host and port of a registry" };

export const IMAGE_ACTIONS: readonly Action[] = [
  {
    name: "pull",
    operands: [IMAGE, { name: "NAME", text: "name of the image in storage", optional: true }],
    options: PULL,
    text: "fetch IMAGE from its registry into storage, to be called NAME there; what storage has already is not fetched again. With --squash, into a file instead.",
    async run(args: Arguments, task): Promise<void> {
      const file = args.value("squash");
      if (file === undefined) {
        const { runPull } = await import("./ch-image-pull.ts");
        return runPull(args, task);
      }
      const { runPullSquash } = await import("./ch-image-squash.ts");
      return runPullSquash(args, file, task);
    },
  },
  {
    name: "push",
    operands: [
      { ...IMAGE, repeatable: true },
      { name: "REF", text: "where to push it to", optional: true },
    ],
    options: [...STORAGE, ...REGISTRY, "image", "index", "compression", "jobs", "json"],
    text: "send IMAGE in storage to the registry that REF names, or IMAGE itself without REF; what the registry has already is not sent again",
    async run(args: Arguments, task): Promise<void> {
      const { runPush } = await import("./ch-image-push.ts");
      await runPush(args, task);
    },
  },
  {
    name: "import",
    operands: [
      { name: "PATH", text: "image on disk" },
      { name: "NAME", text: "name of the image in storage", optional: true },
    ],
    options: [...STORAGE, "arch", "platform", "format"],
    text: "bring an image on disk into storage: a directory, a tar archive or a SquashFS image of a root file system, a SIF file, an OCI image layout or an archive of one, or an archive of docker save, which may also come on standard input (-); without NAME it is called as it says itself, else as its file",
    async run(args: Arguments, task): Promise<void> {
      const { runImport } = await import("./ch-image-import.ts");
      await runImport(args, task);
    },
  },
  {
    name: "export",
    operands: [IMAGE, { name: "PATH", text: "where to write it" }],
    options: [...STORAGE, "format"],
    text: "write IMAGE of storage to PATH, whose name tells the format as for ch-convert; without a suffix it is a directory",
    async run(args: Arguments, task): Promise<void> {
      const { runExport } = await import("./ch-image-import.ts");
      await runExport(args, task);
    },
  },
  {
    name: "login",
    operands: [REGISTRY_OPERAND],
    options: [...REGISTRY, "password-stdin", "username"],
    text: "try a login out at REGISTRY, and keep it for later; what is not given is asked for",
    async run(args: Arguments, task): Promise<void> {
      const { runLogin } = await import("./ch-image-login.ts");
      await runLogin(args, task);
    },
  },
  {
    name: "logout",
    operands: [REGISTRY_OPERAND],
    options: ["authfile"],
    text: "forget the login for REGISTRY",
    async run(args: Arguments, task): Promise<void> {
      const { runLogout } = await import("./ch-image-login.ts");
      await runLogout(args, task);
    },
  },
  {
    name: "list",
    operands: [{ name: "GLOB", text: "pattern of names", repeatable: true, optional: true }],
    options: [...STORAGE, "long", "tree", "undeletable", "json"],
    text: "list the images in storage, or those with names like GLOB",
    async run(args: Arguments, task): Promise<void> {
      const { runList } = await import("./ch-image-list.ts");
      runList(args, task);
    },
  },
  {
    name: "inspect",
    operands: [IMAGE],
    options: [...STORAGE, "format", "json"],
    text: "print what is known of IMAGE in storage as JSON: where it is from, digests, configuration, layers and history; or what --format asks for",
    async run(args: Arguments, task): Promise<void> {
      const { runInspect } = await import("./ch-image-inspect.ts");
      await runInspect(args, task);
    },
  },
  {
    name: "tag",
    operands: [IMAGE, { name: "NAME", text: "its other name" }],
    options: STORAGE,
    text: "give IMAGE in storage a further name",
    async run(args: Arguments, task): Promise<void> {
      const { runTag } = await import("./ch-image-names.ts");
      await runTag(args, task);
    },
  },
  {
    name: "rename",
    operands: [IMAGE, { name: "NAME", text: "its new name" }],
    options: STORAGE,
    text: "give IMAGE in storage another name",
    async run(args: Arguments, task): Promise<void> {
      const { runRename } = await import("./ch-image-names.ts");
      await runRename(args, task);
    },
  },
  {
    name: "delete",
    operands: [{ name: "GLOB", text: "name or pattern of names", repeatable: true }],
    options: [...STORAGE, "dry-run", "now", "json"],
    text: "delete the images with names like GLOB from storage; undelete brings them back for a day, and then what no other image needs is removed, or at once with --now: containers that run lose what they have not read yet",
    async run(args: Arguments, task): Promise<void> {
      const { runDelete } = await import("./ch-image-delete.ts");
      await runDelete(args, task);
    },
  },
  {
    name: "undelete",
    operands: [{ name: "GLOB", text: "name or pattern of names", repeatable: true }],
    options: STORAGE,
    text: "bring back deleted images with names like GLOB; list --undeletable shows which there are",
    async run(args: Arguments, task): Promise<void> {
      const { runUndelete } = await import("./ch-image-delete.ts");
      await runUndelete(args, task);
    },
  },
  ...UPKEEP_ACTIONS,
];
