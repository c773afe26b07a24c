/** `make bench`: this build against its peers, side by side, on this machine. */
import { main } from "../lib/cli/main.ts";
import { bench } from "./command.ts";

await main(bench);
