import { chMount } from "../lib/cli/ch-mount.ts";
import { main } from "../lib/cli/main.ts";

void main(chMount);
