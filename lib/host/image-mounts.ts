/** The images that ch-mount has mounted: the kernel's mounts, joined with the servers behind them. */
import { isImageMount } from "./fuse.ts";
import { listMounts } from "./mounts.ts";
import { argumentsOf, processIds } from "./processes.ts";

export interface ImageMount {
  /** The directory. */
  readonly path: string;
  /** The image's path; undefined if nobody serves it any more, or it cannot be seen who does. */
  readonly image: string | undefined;
  /** Process id of the server. */
  readonly pid: number | undefined;
}

/** Those of the user; root sees everybody's. */
export function imageMounts(): ImageMount[] {
  const user = process.geteuid?.() ?? 0;
  const servers = findServers();
  return listMounts()
    .filter((mount) => isImageMount(mount) && (user === 0 || mount.user === user))
    .map(({ path }) => {
      const server = servers.get(path);
      return { path, image: server?.image, pid: server?.pid };
    });
}

interface Server {
  readonly pid: number;
  readonly image: string;
}

/** By the directories that they serve; see squashfs-server.ts for their arguments. */
function findServers(): Map<string, Server> {
  const servers = new Map<string, Server>();
  for (const pid of processIds()) {
    const words = argumentsOf(pid);
    const at = words.findIndex((word) => word.endsWith("/squashfs-server.cjs"));
    const [image, path] = words.slice(at + 1);
    if (at >= 0 && image !== undefined && path !== undefined) servers.set(path, { pid, image });
  }
  return servers;
}
