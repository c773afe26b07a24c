/** What mksquashfs must know of a tar archive that it is to read as a stream. */
import { loadAddon } from "./load.ts";
import { type Watch, watched } from "./watch.ts";

export interface TarFacts {
  readonly rootMode: number;
  /** The newest modification time, in seconds since 1970. */
  readonly newest: number;
}

export interface SurveyOptions extends Watch {
  /** Leading directories to drop from every member's path. */
  readonly strip: string;
}

interface Addon {
  surveyTar(
    archive: string,
    shape: { readonly strip: string; readonly xattrs: boolean },
    control: BigInt64Array,
  ): Promise<TarFacts>;
}

/** Look through a whole archive. */
export function surveyTar(archive: string, options: SurveyOptions): Promise<TarFacts> {
  const shape = { strip: options.strip, xattrs: false };
  return watched(options, (control) =>
    loadAddon<Addon>("charliecloud").surveyTar(archive, shape, control),
  );
}
