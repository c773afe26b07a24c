/** What formats of images there are. */
export type FormatKind =
  | "dir"
  | "tar"
  | "squash"
  | "ch-image"
  | "oci"
  | "oci-archive"
  | "docker-archive"
  | "docker"
  | "podman"
  | "registry";
