/** Images in registries, to be read; writing them is what "ch-image push" does. */
import { usageError } from "../../base/error.ts";
import { withParts } from "../../base/task.ts";
import { defaultRegistry } from "../../host/default-registry.ts";
import { demandsOf } from "../../host/demands.ts";
import { familiarName, parseReference } from "../../oci/reference.ts";
import { openRegistry } from "../../oci/registry/registry.ts";
import { RegistryImage } from "../../oci/registry/registry-image.ts";
import type { Format } from "./format.ts";

export const registryFormat: Format = {
  kind: "registry",
  noun: "image in a registry",
  form: "none",
  read({ place }, { settings, task }, use) {
    const reference = parseReference(place, defaultRegistry(process.env, task.log));
    const access = { plainHttp: false, verifyTls: true, authFirst: false, caFile: undefined };
    const demands = demandsOf(reference, { env: process.env, log: task.log });
    return withParts(task, async (parts) => {
      const client = await openRegistry(reference, { ...access, env: process.env }, parts);
      try {
        const { repository, digest, tag = "latest" } = reference;
        const name = familiarName(reference);
        const found = { client, repository, name };
        const image = new RegistryImage(found, digest ?? tag, settings.platform, demands);
        return await use({ kind: "layers", image, reference: name });
      } finally {
        client.close();
      }
    });
  },
  async create({ text }) {
    throw usageError(`cannot write "${text}"`, 'images are sent to registries by "ch-image push"');
  },
};
