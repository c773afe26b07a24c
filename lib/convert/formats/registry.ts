/** Images in registries. */
import { TRANSFERS } from "../../base/limit.ts";
import { type Task, withParts } from "../../base/task.ts";
import { defaultRegistry } from "../../host/default-registry.ts";
import { demandsOf } from "../../host/demands.ts";
import { mirrorsOf } from "../../host/mirrors.ts";
import { parseReference, type Reference, versionOf } from "../../oci/reference.ts";
import { maybeManifest } from "../../oci/registry/manifest-source.ts";
import { RegistryImage } from "../../oci/registry/registry-image.ts";
import { sendImages, sentText } from "../../oci/registry/send.ts";
import { withSources } from "../../oci/registry/sources.ts";
import { siblings } from "../../store/siblings.ts";
import { withLocalImage } from "../local-image.ts";
import type { Format, Job, LayerSink } from "./format.ts";

export const registryFormat: Format = {
  kind: "registry",
  noun: "image in a registry",
  form: "none",
  read({ place }, { settings, task }, use) {
    const { log } = task;
    const reference = referenceOf(place, task);
    const demands = demandsOf(reference, { env: process.env, log });
    const mirrors = mirrorsOf(reference, { env: process.env, log });
    const places = { reference, registry: settings.registry, mirrors };
    return withSources(places, task, (sources) => {
      const image = new RegistryImage(sources, versionOf(reference), settings.platform, demands);
      return use({ kind: "layers", image, reference: sources.name });
    });
  },
  async create({ place }, job): Promise<LayerSink> {
    const target = referenceOf(place, job.task);
    return {
      kind: "layers",
      write: ({ image }) => withLocalImage(image, job, (local) => send([local], target, job)),
    };
  },
  exists({ place }, { settings, task }) {
    const reference = referenceOf(place, task);
    // What mirrors have is no answer: nothing is sent there.
    const places = { reference, registry: settings.registry, mirrors: [] };
    return withSources(places, task, async (sources) => {
      const found = await sources.ask((there) => maybeManifest(there, versionOf(reference)));
      return found !== undefined;
    });
  },
};

function referenceOf(place: string, { log }: Task): Reference {
  return parseReference(place, defaultRegistry(process.env, log));
}

async function send(
  images: Parameters<typeof sendImages>[0],
  target: Reference,
  { settings, task }: Job,
): Promise<void> {
  const { registry, storage } = settings;
  const known = siblings(storage, target);
  const destination = { target, asIndex: false, registry, known, jobs: TRANSFERS };
  const sent = await withParts(task, (parts) => sendImages(images, destination, parts));
  task.log.tell(sentText(sent));
}
