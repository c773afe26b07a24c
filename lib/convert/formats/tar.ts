/**
 * Tar archives, compressed or not. The C core reads and writes them; a directory that holds
 * everything else (`hello/bin`, `hello/etc`) is dropped while reading.
 */
import { closeSync, openSync, statSync } from "node:fs";
import { errorCode, FatalError, step } from "../../base/error.ts";
import type { Task } from "../../base/task.ts";
import { MOUNT_POINTS, missingPlaces } from "../../host/places.ts";
import {
  type ArchiveStats,
  createTar,
  extractTar,
  filterTar,
  scanTar,
  type Watch,
} from "../../native/core.ts";
import { surveyTar } from "../../native/tar-survey.ts";
import type { Location } from "../location.ts";
import type { Format, Job, Source, Target } from "./format.ts";

export const tarFormat: Format = {
  kind: "tar",
  noun: "tar archive",
  form: "file",
  read: async ({ place }, job, use) => use(await open(place, job)),
  create,
};

async function open(path: string, { settings, task }: Job): Promise<Source> {
  const total = statSync(path).size;
  const scan = await metered({ label: `scanning ${path}`, total }, task, (watch) =>
    scanTar(path, watch),
  );
  const shape = { strip: scan.top, xattrs: settings.xattrs };
  const read = async (work: (watch: Watch) => Promise<ArchiveStats>): Promise<void> =>
    report(await metered({ label: `reading ${path}`, total }, task, work), task);
  return {
    kind: "packed",
    unpack: (directory) =>
      read((watch) => extractTar(path, directory, { ...shape, ...watch })).catch((error) => {
        throw step("unpack", path, error);
      }),
    stream: {
      prepare: () =>
        metered({ label: `scanning ${path}`, total }, task, (watch) =>
          surveyTar(path, { strip: scan.top, ...watch }),
        ),
      write: (fd) => read((watch) => filterTar(path, fd, { ...shape, ...MOUNT_POINTS, ...watch })),
    },
  };
}

async function create({ text: name }: Location, { settings, task }: Job): Promise<Target> {
  const { tarCompression: compression, xattrs } = settings;
  const pack = async (tree: string, output: string): Promise<void> => {
    const shape = { compression, xattrs, ...(await missingPlaces(tree)) };
    const write = (fd: number): Promise<ArchiveStats> =>
      metered({ label: `packing ${name}` }, task, (watch) =>
        createTar(tree, fd, { ...shape, ...watch }),
      );
    try {
      await withNewFile(output, write);
    } catch (error) {
      throw packError(error, tree, name);
    }
  };
  return { kind: "packed", pack };
}

function packError(error: unknown, tree: string, name: string): FatalError {
  const { message, hint } = step("write", name, error);
  const unreadable = `make it readable to you: chmod -R u+rX "${tree}"`;
  const isUnreadable = errorCode(error) === "EACCES";
  return new FatalError(message, { hint: isUnreadable ? unreadable : hint, cause: error });
}

async function metered<T>(
  meter: { readonly label: string; readonly total?: number },
  task: Task,
  work: (watch: Watch) => Promise<T>,
): Promise<T> {
  const shown = task.log.meter(meter.label, meter.total);
  try {
    return await work({ signal: task.signal, onProgress: (bytes) => shown.update(bytes) });
  } finally {
    shown.finish();
  }
}

function report({ entries, devices }: ArchiveStats, task: Task): void {
  task.log.info(`archive members: ${entries}`);
  if (devices > 0) task.log.info(`device nodes left out: ${devices}`);
}

async function withNewFile(path: string, work: (fd: number) => Promise<unknown>): Promise<void> {
  const fd = openSync(path, "wx");
  try {
    await work(fd);
  } finally {
    closeSync(fd);
  }
}
