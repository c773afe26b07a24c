/** Who we are to a registry. */

export type Credentials =
  | { readonly kind: "password"; readonly username: string; readonly password: string }
  /** A token that other tokens are had for (OAuth 2). */
  | { readonly kind: "identity"; readonly token: string };
