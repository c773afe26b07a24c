/** ch-convert: an image from one format to another. */
import type { Task } from "../base/task.ts";
import type { Arguments } from "./arguments.ts";
import { IMAGE_OPTIONS, REGISTRY } from "./ch-image-options.ts";
import type { Command } from "./command.ts";

export const chConvert: Command = {
  name: "ch-convert",
  summary: "Convert an image from one format to another.",
  operands: [
    {
      name: "IN",
      text: "image to read: a path, whose content tells the format; docker://IMAGE for one in a registry; or else the name of an image in ch-image's storage; - for what comes on standard input",
    },
    {
      name: "OUT",
      text: "image to write: a path, whose name tells the format; docker://IMAGE to send it to a registry; a name without a slash or suffix is one in storage",
    },
  ],
  options: [
    {
      name: "in-fmt",
      short: "i",
      argument: "FORMAT",
      text: "read IN as this format: ch-image, dir, docker, docker-archive, oci, oci-archive, podman, squash or tar. Without it, the content of IN tells.",
    },
    {
      name: "out-fmt",
      short: "o",
      argument: "FORMAT",
      text: "write this format, whatever the name of OUT: ch-image, dir, docker, docker-archive, oci, oci-archive, podman, squash or tar",
    },
    {
      name: "dry-run",
      short: "n",
      text: "check the command line and both images, say what would be done, and do nothing",
    },
    { name: "no-clobber", text: "fail if OUT exists" },
    {
      name: "tmp",
      argument: "DIR",
      text: "keep large temporary trees in DIR. Without it, in $TMPDIR, or else in /var/tmp.",
    },
    {
      name: "storage",
      short: "s",
      argument: "DIR",
      text: "ch-image's storage directory; default: $CH_IMAGE_STORAGE, else that of the configuration files, else /var/tmp/$USER.ch",
    },
    {
      name: "no-lock",
      text: "do without locks in storage, on file systems that have none; no ch-image must be at work there",
    },
    {
      name: "arch",
      short: "a",
      argument: "ARCH",
      text: "of several images of one name take that for ARCH, as arm64 or linux/arm64; default: this host's",
    },
    ...IMAGE_OPTIONS.filter(({ name }) => REGISTRY.includes(name)),
    {
      name: "xattrs",
      negatable: true,
      text: "keep user.* extended attributes, or leave them out; they are kept unless said otherwise",
    },
    {
      name: "compress",
      argument: "ALGORITHM[:LEVEL]",
      text: "compress a SquashFS image with gzip, lzo, lz4, xz or zstd (default zstd:3), a tar archive whose name does not say how with gzip, xz, bzip2, zstd or none, or the layer that a tree becomes with gzip (default), zstd or none",
    },
    {
      name: "block-size",
      argument: "SIZE",
      text: "block size of a SquashFS image: a power of two from 4K to 1M (default 128K)",
    },
    {
      name: "prepare",
      text: "make a SquashFS image that starts fast: store what start-up reads uncompressed, and print what that costs",
    },
    {
      name: "profile",
      argument: "FILE",
      text: "the same for the files that FILE lists, an absolute path in the image on each line, instead of those that are found",
    },
    {
      name: "jobs",
      short: "j",
      argument: "N",
      text: "use at most N processors for SquashFS. Without it, all.",
    },
  ],
  description: [
    "The format of IN is found by its content. That of OUT is found by its name: .sqfs, .squash, .squashfs or .squishy is SquashFS; .tar, .tar.gz, .tgz, .tar.xz, .tar.bz2 or .tar.zst is a tar archive of that compression; a trailing slash, a directory that exists, or a path with a slash whose last part has no suffix is a directory; a name without a slash is that of an image in storage.",
    "In front of IN and OUT may stand their format: oci:DIR[:NAME], oci-archive:FILE[:NAME], docker-archive:FILE[:NAME], ch-image:NAME, docker-daemon:NAME, containers-storage:NAME (podman) or docker://NAME (a registry), where a NAME behind a path says which of its images is meant, or what the image is to be called there.",
    "Trees (dir, tar, squash) and images of layers (all others) are converted into each other: layers are unpacked over each other, and a tree becomes one layer. The image's configuration (environment, command, working directory, labels, history) is kept: of a tree it is the file /ch/metadata.json.",
    "A file at OUT is replaced when the new one is complete. A directory at OUT is replaced only if it is empty, or an image: it has dev, empty proc and sys, and programs. On failure and on interruption, OUT is as it was.",
    "Of a SIF file (Apptainer, Singularity) the root file system is read, which must be SquashFS and not encrypted. With --prepare, IN may be a SquashFS image itself. The files that start-up reads are those that the image's own command names (ENTRYPOINT and CMD in /ch/metadata.json), the shells and the usual interpreters of the image, the programs that their first lines name after #!, and the dynamic loader and the libraries that all of these need.",
    "The empty directories and files that ch-run mounts things on are added where IN lacks them. Hard links, sparse files and user.* extended attributes are kept; device nodes are left out.",
  ],
  examples: [
    {
      text: "Make a SquashFS image of a tar archive",
      commands: ["ch-convert hello.tar.gz hello.sqfs"],
    },
    {
      text: "Make a SquashFS image of an image in a registry, without unpacking it",
      commands: ["ch-convert docker://alpine:3.20 alpine.sqfs"],
    },
    {
      text: "Send a SquashFS image to a registry, as an image of one layer",
      commands: ["ch-convert hello.sqfs docker://registry.example.com/project/hello:1"],
    },
    {
      text: "Unpack a SquashFS image to change it",
      commands: ["ch-convert hello.sqfs /var/tmp/hello"],
    },
    {
      text: "Make a SquashFS image of one that another program writes",
      commands: ["podman save hello | ch-convert - hello.sqfs"],
    },
    {
      text: "Make a SquashFS image of what docker save has written, and of an image in storage",
      commands: ["ch-convert hello-docker.tar.gz hello.sqfs", "ch-convert alpine:3.20 alpine.sqfs"],
    },
  ],
  async run(args: Arguments, task: Task): Promise<void> {
    const { runConvert } = await import("./ch-convert-run.ts");
    await runConvert(args, task);
  },
};
