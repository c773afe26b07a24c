/** Who we are to a registry. */

export type Credentials =
  | { readonly kind: "password"; readonly username: string; readonly password: string }
  /** A token that other tokens are had for (OAuth 2). */
  | { readonly kind: "identity"; readonly token: string };

/** One question after the other, with one answer for all unless every question is to be asked. */
export function askInTurn(
  ask: () => Promise<Credentials>,
  every: boolean,
): () => Promise<Credentials> {
  let answer: Promise<Credentials> | undefined;
  return () => {
    if (!answer) answer = ask();
    else if (every) answer = answer.then(ask);
    return answer;
  };
}
