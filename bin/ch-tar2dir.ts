import { chTar2dir } from "../lib/cli/ch-tar2dir.ts";
import { main } from "../lib/cli/main.ts";

void main(chTar2dir);
