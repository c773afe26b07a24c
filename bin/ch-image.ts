import { chImage } from "../lib/cli/ch-image.ts";
import { main } from "../lib/cli/main.ts";

void main(chImage);
