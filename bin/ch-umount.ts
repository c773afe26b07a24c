import { chUmount } from "../lib/cli/ch-umount.ts";
import { main } from "../lib/cli/main.ts";

void main(chUmount);
