/** A server of a SquashFS image that lives while something is measured, for launches to join. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { FatalError } from "../lib/base/error.ts";
import type { Track } from "./track.ts";

const ATTEMPTS = 200;
const PAUSE_MS = 25;

/** Keep a server of `image` alive until `body` is done. It is no descendant of what is measured. */
export async function withLivingServer<T>(
  image: string,
  track: Track,
  body: () => Promise<T>,
): Promise<T> {
  const end = new AbortController();
  const chRun = join(track.programs, "ch-run");
  const holder = track.run([chRun, image, "--", "sleep", "86400"], { signal: end.signal });
  // Aborting it is how it ends.
  const ended = holder.catch(() => undefined);
  try {
    await untilJoined([chRun, "-v", image, "--", "/bin/true"], track);
    return await body();
  } finally {
    end.abort();
    await ended;
  }
}

async function untilJoined(command: readonly string[], track: Track): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { errors } = await track.run(command);
    if (errors.some((line) => line.includes("joined the server"))) return;
    await sleep(PAUSE_MS);
  }
  throw new FatalError("launches do not join a server: see ch-run -v");
}
