/** How long to wait for a registry, and how often to ask. */

export interface Patience {
  readonly tries: number;
  /** The same where nothing was heard in time. */
  readonly silentTries: number;
  /** How long to wait until an answer begins. */
  readonly answerMs: number;
  /** Who is told to wait longer gives up: a person can decide better. */
  readonly longestDelayMs: number;
}

export const PATIENT: Patience = {
  tries: 6,
  silentTries: 6,
  answerMs: 60_000,
  longestDelayMs: 120_000,
};

/** For where somebody else can be asked. */
export const HASTY: Patience = {
  tries: 2,
  silentTries: 1,
  answerMs: 10_000,
  longestDelayMs: 1000,
};

/** What to say of somebody who was not heard for so long. */
export function silence(ms: number): Error {
  return Object.assign(new Error(`no answer for ${ms / 1000} s`), { code: "ETIMEDOUT" });
}
