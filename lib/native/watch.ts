/**
 * Watching and stopping a call of the C core while it runs on its own thread. Both sides share two
 * 64-bit words (src-native/core/control.h): the bytes read so far, and whether to stop.
 */
const DONE = 0;
const CANCELLED = 1;
const INTERVAL_MS = 100;

/** Watching and stopping a long operation. */
export interface Watch {
  /** Called about ten times a second with the bytes of input read so far. */
  readonly onProgress?: (bytes: number) => void;
  /** Aborting makes the operation fail with code ECANCELED soon. */
  readonly signal?: AbortSignal;
}

/** Run a call that is given the control block. */
export async function watched<T>(
  { onProgress, signal }: Watch,
  call: (control: BigInt64Array) => Promise<T>,
): Promise<T> {
  const control = new BigInt64Array(2);
  const report = (): void => onProgress?.(Number(Atomics.load(control, DONE)));
  const cancel = (): void => void Atomics.store(control, CANCELLED, 1n);
  const timer = setInterval(report, INTERVAL_MS).unref();
  if (signal?.aborted) cancel();
  signal?.addEventListener("abort", cancel);
  try {
    const result = await call(control);
    report();
    return result;
  } finally {
    clearInterval(timer);
    signal?.removeEventListener("abort", cancel);
  }
}
