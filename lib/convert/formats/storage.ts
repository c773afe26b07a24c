/** Images in the storage directory of ch-image. */
import { TRANSFERS } from "../../base/limit.ts";
import { formatBytes } from "../../base/progress.ts";
import { familiarName, parseReference } from "../../oci/reference.ts";
import { addImage } from "../../store/add.ts";
import { findImage, hasImage } from "../../store/images.ts";
import { StoredImage } from "../../store/stored-image.ts";
import type { Format, LayerSink } from "./format.ts";

export const storageFormat: Format = {
  kind: "ch-image",
  noun: "image in storage",
  form: "none",
  async read({ place }, { settings }, use) {
    const { storage } = settings;
    const record = findImage(storage, place);
    const image = new StoredImage(storage, record);
    return use({ kind: "layers", image, reference: record.name });
  },
  async create({ place }, { settings, task }): Promise<LayerSink> {
    const { storage } = settings;
    return {
      kind: "layers",
      async write({ image, reference }) {
        const name = familiarName(parseReference(place || (reference ?? "")));
        const { digest, size } = await addImage({ storage, image, name, jobs: TRANSFERS, task });
        task.log.tell(`${name}: ${digest}, ${formatBytes(size)} of layers`);
      },
    };
  },
  async exists({ place }, { settings }) {
    return hasImage(settings.storage, place);
  },
};
