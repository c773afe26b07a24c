/** A command with a system's log of its own, which is then on standard output. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { helper } from "./native-helper.ts";

/** In a mount namespace: a /dev with a log of ours. */
const OWN_LOG =
  'mount -t tmpfs -o mode=755 none "$0" && mkdir "$0/shm" "$0/pts" &&' +
  'for name in fuse null zero tty; do if [ -e "/dev/$name" ]; then' +
  ' : >"$0/$name" && mount --bind "/dev/$name" "$0/$name"; fi; done;' +
  'mount --rbind "$0" /dev && ulimit -c 0 && exec "$@"';

/** The arguments of unshare(1) that run `command` so; a place in `folder` is used for it. */
export function withSystemLog(folder: string, command: readonly string[]): readonly string[] {
  const place = join(folder, "dev");
  mkdirSync(place);
  return ["-rm", "sh", "-c", OWN_LOG, place, helper("system-log"), "/dev/log", ...command];
}
