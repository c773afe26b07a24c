/** Conversion of a tar archive to SquashFS, against mksquashfs fed by a pipe. */
import { join } from "node:path";
import type { Contest } from "./contest.ts";
import type { Images } from "./images.ts";
import type { Contender } from "./race.ts";
import type { Track } from "./track.ts";

const PIPE =
  'zcat "$1" | mksquashfs - "$2" -tar -comp zstd -Xcompression-level 3 -b 131072 ' +
  "-noappend -quiet -no-progress";

export async function conversionContests({ archive }: Images, track: Track): Promise<Contest[]> {
  const byPipe = join(track.folder, "by-pipe.sqfs");
  const reference: Contender = {
    name: "zcat | mksquashfs -tar",
    command: ["sh", "-c", PIPE, "sh", archive, byPipe],
    ours: false,
  };
  const chConvert: Contender = {
    name: "this ch-convert",
    command: [join(track.programs, "ch-convert"), archive, join(track.folder, "converted.sqfs")],
    ours: true,
  };
  const title = "conversion of tar.gz to SquashFS, zstd 3";
  const contenders = [reference, chConvert];
  return [{ title, reference, contenders, crowd: false, heavy: true }];
}
