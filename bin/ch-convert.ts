import { chConvert } from "../lib/cli/ch-convert.ts";
import { main } from "../lib/cli/main.ts";

void main(chConvert);
