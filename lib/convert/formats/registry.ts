/** Images in registries. */
import { type Task, withParts } from "../../base/task.ts";
import { defaultRegistry } from "../../host/default-registry.ts";
import { demandsOf } from "../../host/demands.ts";
import { familiarName, parseReference, type Reference } from "../../oci/reference.ts";
import { maybeManifest, type Repository } from "../../oci/registry/manifest-source.ts";
import { openRegistry, type RegistrySettings } from "../../oci/registry/registry.ts";
import { RegistryImage } from "../../oci/registry/registry-image.ts";
import { sendImages } from "../../oci/registry/send.ts";
import { siblings } from "../../store/siblings.ts";
import { withLocalImage } from "../local-image.ts";
import type { Format, Job, LayerSink } from "./format.ts";

/** Blobs to send at the same time. */
const JOBS = 4;

export const registryFormat: Format = {
  kind: "registry",
  noun: "image in a registry",
  form: "none",
  read({ place }, { settings, task }, use) {
    const reference = referenceOf(place, task);
    const demands = demandsOf(reference, { env: process.env, log: task.log });
    return withParts(task, (parts) =>
      withRepository(reference, settings.registry, parts, (found) => {
        const image = new RegistryImage(found, versionOf(reference), settings.platform, demands);
        return use({ kind: "layers", image, reference: found.name });
      }),
    );
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
    return withRepository(reference, settings.registry, task, async (found) => {
      return (await maybeManifest(found, versionOf(reference))) !== undefined;
    });
  },
};

function referenceOf(place: string, { log }: Task): Reference {
  return parseReference(place, defaultRegistry(process.env, log));
}

async function withRepository<T>(
  reference: Reference,
  settings: RegistrySettings,
  task: Task,
  use: (repository: Repository) => Promise<T>,
): Promise<T> {
  const client = await openRegistry(reference, settings, task);
  try {
    return await use({
      client,
      repository: reference.repository,
      name: familiarName(reference),
    });
  } finally {
    client.close();
  }
}

function versionOf({ digest, tag = "latest" }: Reference): string {
  return digest ?? tag;
}

async function send(
  images: Parameters<typeof sendImages>[0],
  target: Reference,
  { settings, task }: Job,
): Promise<void> {
  const { registry, storage } = settings;
  const known = await siblings(storage, target);
  const destination = { target, asIndex: false, registry, known, jobs: JOBS };
  task.log.print(await withParts(task, (parts) => sendImages(images, destination, parts)));
}
