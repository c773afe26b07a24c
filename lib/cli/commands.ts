/** Every front end; from this table the man pages are made. */
import { chConvert } from "./ch-convert.ts";
import { chImage } from "./ch-image.ts";
import { chMount } from "./ch-mount.ts";
import { chTar2dir } from "./ch-tar2dir.ts";
import { chUmount } from "./ch-umount.ts";
import type { Command } from "./command.ts";

export const COMMANDS: readonly Command[] = [chConvert, chImage, chMount, chTar2dir, chUmount];
