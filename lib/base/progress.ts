/**
 * A progress line: label, bytes, rate, and a percentage where the total is known. It is redrawn in
 * place, so that it belongs on a terminal only, and wiped when the work is done.
 */
const REDRAW_MS = 100;
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
  /** Where to draw; nowhere without it. */
  readonly write: ((text: string) => void) | undefined;
}

/** A meter that starts counting time now. */
export function startMeter({ label, total, write }: MeterOptions): Meter {
  if (!write) return { update: () => {}, finish: () => {} };
  const start = Date.now();
  let drawn = 0;
  return {
    update(done) {
      const now = Date.now();
      if (now - drawn < REDRAW_MS) return;
      drawn = now;
      write(ERASE_LINE + formatProgress({ label, total, done, seconds: (now - start) / 1000 }));
    },
    finish() {
      if (drawn > 0) write(ERASE_LINE);
    },
  };
}

export interface ProgressState {
  readonly label: string;
  readonly total: number | undefined;
  readonly done: number;
  readonly seconds: number;
}

/** `label: 12.0 MiB, 6.0 MiB/s, 48%` */
export function formatProgress({ label, total, done, seconds }: ProgressState): string {
  const parts = [formatBytes(done)];
  if (seconds > 0) parts.push(`${formatBytes(done / seconds)}/s`);
  if (total) parts.push(`${Math.min(100, Math.floor((100 * done) / total))}%`);
  return `${label}: ${parts.join(", ")}`;
}

/** Bytes in the largest binary unit that leaves at least 1. */
export function formatBytes(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log2(Math.max(bytes, 1)) / 10));
  const unit = UNITS[power] ?? "B";
  return power === 0
    ? `${Math.round(bytes)} ${unit}`
    : `${(bytes / 1024 ** power).toFixed(1)} ${unit}`;
}
