/** The SquashFS engines for an image compressed with zstd, as tests choose them. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { squashWay } from "./root-image.ts";
import { testIf } from "./test-if.ts";

const FILES = { builtin: "builtin-zstd-engine.so", squashfuse: "squashfuse-engine.so" } as const;

export type Engine = keyof typeof FILES;

export const ENGINES: readonly Engine[] = ["builtin", "squashfuse"];

/** A test for where images are mounted and this engine was built. */
export function testWithEngine(engine: Engine): ReturnType<typeof testIf> {
  const built = existsSync(join(process.env["CH_STAGE_LIB"] ?? "", FILES[engine]));
  return testIf(squashWay === "mounted" && built, `not mounted here by ${engine}`);
}
