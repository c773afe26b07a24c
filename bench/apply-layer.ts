/** Unpack the layer ARCHIVE into the folder FOLDER, as ch-image does with what it fetches. */
import { closeSync, openSync } from "node:fs";
import { applyLayer } from "../lib/native/layers.ts";

const [archive = "", folder = ""] = process.argv.slice(2);
const fd = openSync(archive, "r");
try {
  await applyLayer(fd, folder, { name: archive, form: "overlay", lower: [] });
} finally {
  closeSync(fd);
}
