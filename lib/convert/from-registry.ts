/** From a registry straight to an image file or a directory, past storage. */
import { dirname } from "node:path";
import type { Task } from "../base/task.ts";
import { withRoomIn } from "../host/room.ts";
import type { Image } from "../oci/image.ts";
import type { Platform } from "../oci/platform.ts";
import { versionOf } from "../oci/reference.ts";
import { type Demands, RegistryImage } from "../oci/registry/registry-image.ts";
import { type SourcesOptions, withSources } from "../oci/registry/sources.ts";
import { travelAsTree } from "./convert.ts";
import { withLayerFiles } from "./fetch-layers.ts";
import type { Format, FormatSettings } from "./formats/format.ts";
import { imageSource } from "./image-source.ts";
import type { LayerFiles } from "./layer-files.ts";
import { parseLocation } from "./location.ts";
import { type Output, produce } from "./output.ts";

export interface Origin extends SourcesOptions {
  readonly platform: Platform;
  readonly demands: Demands;
  /** Layers to fetch at the same time. */
  readonly downloads: number;
  /** Fetch also what storage has. */
  readonly fetchAnew?: boolean;
}

export interface Destination {
  readonly output: Output;
  readonly format: Format;
  readonly settings: FormatSettings;
}

/** What has become an image here. */
export interface Fetched {
  readonly digest: string;
  readonly platform: Platform;
  /** Bytes of the layers as they were fetched. */
  readonly size: number;
}

export function convertFromRegistry(
  origin: Origin,
  destination: Destination,
  task: Task,
): Promise<Fetched> {
  const { output, settings } = destination;
  return withRoomIn([dirname(output.path), settings.temporary], () =>
    fetchAndMake(origin, destination, task),
  );
}

function fetchAndMake(origin: Origin, destination: Destination, task: Task): Promise<Fetched> {
  const { temporary, storage } = destination.settings;
  const { downloads: jobs, fetchAnew = false } = origin;
  const place = { temporary, ...(fetchAnew ? {} : { storage }), jobs, fetchAnew };
  return withImage(origin, task, (image) =>
    withLayerFiles(image, { ...place, task }, async (files, parts) => {
      await make(files, destination, parts);
      const { platform } = await image.config();
      return { digest: await image.digest(), platform, size: files.size };
    }),
  );
}

function withImage<T>(
  { platform, demands, ...place }: Origin,
  task: Task,
  use: (image: Image) => Promise<T>,
): Promise<T> {
  return withSources(place, task, (sources) =>
    use(new RegistryImage(sources, versionOf(place.reference), platform, demands)),
  );
}

async function make(
  files: LayerFiles,
  { output, format, settings }: Destination,
  task: Task,
): Promise<void> {
  const source = imageSource(files, { xattrs: settings.xattrs, task });
  const target = await format.create(parseLocation(output.name, format.kind), { settings, task });
  if (target.kind === "layers") throw new RangeError(`${format.noun}: not a tree`);
  await produce(output, async (path) => {
    await travelAsTree({ source, target, temporary: settings.temporary }, path);
    // Whoever has been told to end puts nothing in place any more.
    task.signal.throwIfAborted();
  });
}
