/** The options of ch-image, whatever action they are for. */
import type { Option } from "./options.ts";

export const IMAGE_OPTIONS: readonly Option[] = [
  {
    name: "storage",
    short: "s",
    argument: "DIR",
    text: "storage directory; default: $CH_IMAGE_STORAGE, else that of the configuration files, else /var/tmp/$USER.ch",
  },
  {
    name: "no-lock",
    text: "do without locks, on file systems that have none; no other ch-image must be at work there",
  },
  {
    name: "always-download",
    text: "with pull, fetch also layers that storage has; what is unpacked stays",
  },
  {
    name: "arch",
    short: "a",
    argument: "ARCH",
    text: "of images for several platforms take that for ARCH, as arm64 or arm/v7, or also with a system, as linux/arm64; yolo is the first there is; default: host, this one's",
  },
  { name: "platform", argument: "PLATFORM", text: "the same, as docker and podman call it" },
  {
    name: "authfile",
    argument: "FILE",
    text: "file with logins, as podman has; default: $REGISTRY_AUTH_FILE, else that of containers-auth.json(5)",
  },
  { name: "password-stdin", text: "with login, read the password from standard input" },
  { name: "username", argument: "NAME", text: "with login, who to log in as" },
  {
    name: "auth",
    text: "log in at once, also where the registry would do without; so does $CH_IMAGE_AUTH=yes",
  },
  {
    name: "password-many",
    text: "ask at the terminal whenever a login is needed, instead of once",
  },
  {
    name: "compression",
    argument: "NAME",
    text: "with push --image=DIR, compress the layer by gzip or zstd; default: gzip",
  },
  {
    name: "image",
    argument: "WHAT",
    text: "with push, send WHAT, a directory or an image in storage, to IMAGE",
  },
  {
    name: "index",
    text: "with push, send several images, each for another platform, as the one image REF",
  },
  {
    name: "jobs",
    short: "j",
    argument: "COUNT",
    text: "layers to send or fetch at the same time; default: 8",
  },
  {
    name: "plain-http",
    text: "speak to the registry without TLS, as also http:// before an image's name says",
  },
  {
    name: "tls-ca",
    argument: "FILE",
    text: "trust registries whose certificate is signed by one in FILE, too",
  },
  { name: "tls-no-verify", text: "trust a registry whatever certificate it has" },
  {
    name: "digest",
    argument: "DIGEST",
    text: "with pull, refuse the image unless it, or the list of images that it is from, has this digest",
  },
  {
    name: "parse-only",
    text: "with pull, print which image of which registry is meant, and do nothing",
  },
  {
    name: "squash",
    argument: "FILE",
    text: "with pull, make the SquashFS image FILE of it, and nothing in storage; no file is unpacked on the way",
  },
  {
    name: "format",
    argument: "FORMAT",
    text: "with import and export, the format of PATH: dir, tar, squash, oci, oci-archive or docker-archive, which content or name tell otherwise; with inspect, print FORMAT with fields of the JSON in it, as {{.Config.Env}}, {{json .Labels}} or {{range .Layers}}{{println .Digest}}{{end}}",
  },
  {
    name: "long",
    short: "l",
    text: "with list, also print sizes, platforms, times and digests; with df, what each image uses",
  },
  { name: "tree", text: "with list, print the unpacked layers, each below what it lies on" },
  { name: "json", text: "print JSON" },
  { name: "dry-run", short: "n", text: "with delete and reset, only print what would be deleted" },
  { name: "force", short: "f", text: "with reset, do not ask" },
  { name: "repair", text: "with check, fetch anew what is damaged, and unpack what is missing" },
  {
    name: "source",
    text: "with check, ask the registries that images came from: whether their names still mean the same, whether the images are still there, and signed as the configuration files want it",
  },
  { name: "undeletable", short: "u", text: "with list, list what undelete can bring back" },
  {
    name: "now",
    text: "with delete, delete for good; with gc, also what was deleted less than a day ago",
  },
];

export const STORAGE: readonly string[] = ["storage", "no-lock"];
/** Which image of a name is meant. */
const CHOICE: readonly string[] = ["arch", "platform", "digest"];
export const REGISTRY: readonly string[] = [
  "auth",
  "authfile",
  "password-many",
  "plain-http",
  "tls-ca",
  "tls-no-verify",
];
export const PULL: readonly string[] = [
  ...STORAGE,
  ...REGISTRY,
  "always-download",
  ...CHOICE,
  "jobs",
  "parse-only",
  "squash",
  "json",
];
