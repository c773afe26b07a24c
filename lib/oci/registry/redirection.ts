/** Where a registry sends us. */
import { FatalError } from "../../base/error.ts";

/** The address of a Location header; throws where we do not go. */
export function redirected(from: URL, location: string): URL {
  const to = URL.canParse(location, from) ? new URL(location, from) : undefined;
  const isAllowed =
    to?.protocol === "https:" || (to?.protocol === "http:" && from.protocol === "http:");
  if (to && isAllowed) return to;
  throw new FatalError(`cannot follow registry "${from.host}" to "${location}"`, {
    hint: "from an encrypted connection only encrypted ones are followed",
  });
}
