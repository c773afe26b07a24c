/**
 * A progress line: label, bytes, rate, and where the total is known a percentage and the time that
 * is left. On a terminal it is redrawn in place, and wiped when the work is done; elsewhere, as in a
 * job's log, there is a line each minute, so that what is quick says nothing.
 */
const REDRAW_MS = 100;
const PLAIN_MS = 60_000;
const ERASE_LINE = "\r\u001b[K";
const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

export interface Meter {
  /** Bytes done so far. */
  update(done: number): void;
  /** Wipe the line. */
  finish(): void;
}

export interface MeterOptions {
  readonly label: string;
  readonly total: number | undefined;
  /** Where to draw: a terminal. */
  readonly write?: ((text: string) => void) | undefined;
  /** Where else to print lines; nothing is told without either. */
  readonly print?: ((line: string) => void) | undefined;
  /** What the time is, in milliseconds. */
  readonly now?: () => number;
}

/** A meter that starts counting time now. */
export function startMeter({ label, total, write, print, now = Date.now }: MeterOptions): Meter {
  const start = now();
  const lineAt = (time: number, done: number): string =>
    formatProgress({ label, total, done, seconds: (time - start) / 1000 });
  if (write) return drawingMeter(write, lineAt, now);
  if (!print) return { update: () => {}, finish: () => {} };
  let printed = start;
  return {
    update(done) {
      const time = now();
      if (time - printed < PLAIN_MS) return;
      printed = time;
      print(lineAt(time, done));
    },
    finish() {},
  };
}

function drawingMeter(
  write: (text: string) => void,
  lineAt: (time: number, done: number) => string,
  now: () => number,
): Meter {
  let drawn: number | undefined;
  return {
    update(done) {
      const time = now();
      if (drawn !== undefined && time - drawn < REDRAW_MS) return;
      drawn = time;
      write(ERASE_LINE + lineAt(time, done));
    },
    finish() {
      if (drawn !== undefined) write(ERASE_LINE);
    },
  };
}

export interface ProgressState {
  readonly label: string;
  readonly total: number | undefined;
  readonly done: number;
  readonly seconds: number;
}

/** `label: 12.0 MiB, 6.0 MiB/s, 48%, 2 s left` */
export function formatProgress({ label, total, done, seconds }: ProgressState): string {
  const parts = [formatBytes(done)];
  if (seconds > 0) parts.push(`${formatBytes(done / seconds)}/s`);
  if (total) parts.push(`${Math.min(100, Math.floor((100 * done) / total))}%`);
  if (total && seconds >= 1 && done > 0 && done < total) {
    parts.push(`${formatDuration(((total - done) * seconds) / done)} left`);
  }
  return `${label}: ${parts.join(", ")}`;
}

/** In the largest unit of which there are two, rounded up. */
function formatDuration(seconds: number): string {
  if (seconds < 120) return `${Math.ceil(seconds)} s`;
  return seconds < 7200 ? `${Math.ceil(seconds / 60)} min` : `${Math.ceil(seconds / 3600)} h`;
}

/** Bytes in the largest binary unit that leaves at least 1. */
export function formatBytes(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log2(Math.max(bytes, 1)) / 10));
  const unit = UNITS[power] ?? "B";
  return power === 0
    ? `${Math.round(bytes)} ${unit}`
    : `${(bytes / 1024 ** power).toFixed(1)} ${unit}`;
}
