/** A mksquashfs(1) that cannot read tar archives, as before version 4.5. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { must } from "./program.ts";

/** Its help does not know -tar, and neither does it. */
const SCRIPT = `#!/bin/sh
case " $* " in
*" -help"*) "$REAL" "$@" | grep -v -e -tar ;;
*" -tar "*) echo 'invalid option' >&2; exit 1 ;;
*) exec "$REAL" "$@" ;;
esac
`;

/** Make it in `folder`; returns the environment in which it is found. */
export function oldMksquashfs(folder: string): Readonly<Record<string, string>> {
  const real = must("sh", "-c", "command -v mksquashfs").trim();
  mkdirSync(join(folder, "bin"));
  writeFileSync(join(folder, "bin/mksquashfs"), SCRIPT, { mode: 0o755 });
  return { PATH: `${folder}/bin:${process.env["PATH"]}`, REAL: real };
}
