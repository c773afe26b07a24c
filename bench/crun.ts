/** The runtime configuration that makes crun do no more than the others: two namespaces, one id. */
import { SHARED } from "./shared.ts";

export function crunConfig(
  image: string,
  program: readonly string[],
  [uid, gid]: readonly [number, number],
): object {
  return {
    ociVersion: "1.0.0",
    process: {
      user: { uid, gid },
      args: program,
      env: ["PATH=/usr/bin:/bin"],
      cwd: "/",
      noNewPrivileges: true,
    },
    root: { path: image, readonly: true },
    mounts: SHARED.map((path) => bind(path)),
    linux: {
      namespaces: [{ type: "user" }, { type: "mount" }],
      uidMappings: [{ containerID: uid, hostID: uid, size: 1 }],
      gidMappings: [{ containerID: gid, hostID: gid, size: 1 }],
    },
  };
}

function bind(path: string): object {
  return { destination: path, source: path, type: "none", options: ["rbind"] };
}
