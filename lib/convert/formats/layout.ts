/** OCI image layouts: a directory, or an archive of one. */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { withTemporary } from "../../host/temporary.ts";
import { filesBelow } from "../../oci/image-files.ts";
import { openLayout } from "../../oci/layout.ts";
import { takeOver } from "../../oci/layout-addition.ts";
import { writeLayout } from "../../oci/layout-writer.ts";
import { withFetched } from "../fetched-image.ts";
import type { Location } from "../location.ts";
import { packParts, readArchive } from "./archive.ts";
import type { Format, Job, Layered, LayerSink } from "./format.ts";

export const layoutFormat: Format = {
  kind: "oci",
  noun: "OCI image layout",
  form: "directory",
  async read({ place, reference }, { settings, task }, use) {
    const wanted = { reference, platform: settings.platform };
    return use({ kind: "layers", ...(await openLayout(filesBelow(place), wanted, task)) });
  },
  async create({ place, reference }: Location, job: Job): Promise<LayerSink> {
    return {
      kind: "layers",
      async write(source, output) {
        mkdirSync(output);
        await write(source, output, { reference, job });
        if (reference !== undefined && existsSync(place)) takeOver(place, output, reference);
      },
    };
  },
};

export const layoutArchiveFormat: Format = {
  kind: "oci-archive",
  noun: "OCI archive",
  form: "file",
  read: readArchive,
  async create({ reference }: Location, job: Job): Promise<LayerSink> {
    return {
      kind: "layers",
      write: (source, output) =>
        withTemporary(job.settings.temporary, async (folder) => {
          const parts = join(folder, "parts");
          mkdirSync(parts);
          await write(source, parts, { reference, job });
          await packParts(parts, output, job);
        }),
    };
  },
};

/** Under the name that is wished, or has been its name. */
function write(
  source: Layered,
  directory: string,
  { reference, job }: Pick<Layered, "reference"> & { readonly job: Job },
): Promise<void> {
  const name = reference ?? source.reference;
  return withFetched(source.image, job, (image) => writeLayout(image, directory, name));
}
