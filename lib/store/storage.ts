/**
 * The storage directory: where it is and what is in it (design.md, 4.2). It is an OCI image layout
 * of its own, so that other programs can read it, with the layers unpacked beside.
 *
 *     oci-layout index.json blobs/   the layout
 *     layers/ID/                     unpacked layers, and whole trees
 *     img/NAME                       a record per image; what ch-run NAME reads
 *     deleted/NAME                   records of images that can be brought back
 *     tmp/ locks/                    whatever grows does so in tmp/ and is renamed into place
 *
 * Blobs, layers and trees never change. Readers take no lock.
 */
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Environment } from "../base/environment.ts";
import { errorCode, FatalError, failure } from "../base/error.ts";
import { parseDigest } from "../oci/digest.ts";
import { OCI_INDEX } from "../oci/media-type.ts";
import { refuseEarlier } from "./earlier.ts";

const FOLDERS = ["blobs/sha256", "deleted", "img", "layers", "locks", "tmp"];
const LOCKS = ["adding", "collecting", "names"];
const LAYOUT = '{"imageLayoutVersion":"1.0.0"}';
/** Until the first image has its name: who is killed then leaves a layout all the same. */
const EMPTY_INDEX = `{"schemaVersion":2,"mediaType":"${OCI_INDEX}","manifests":[]}\n`;

export class Storage {
  readonly path: string;
  /** Whether others are kept off by locks; without them, nobody else must be at work. */
  readonly locks: boolean;

  constructor(path: string, { locks = true }: { readonly locks?: boolean } = {}) {
    this.path = resolve(path);
    this.locks = locks;
  }

  /** Make sure that everything is there; for those who write. */
  prepare(): void {
    try {
      mkdirSync(this.path, { mode: 0o700, recursive: true });
      this.requireOwn();
      for (const folder of FOLDERS) mkdirSync(join(this.path, folder), { recursive: true });
      writeOnce(join(this.path, "oci-layout"), LAYOUT);
      writeOnce(join(this.path, "index.json"), EMPTY_INDEX);
      // On a full disk none could be made, and so nothing be removed.
      for (const lock of LOCKS) writeOnce(join(this.folder("locks"), lock), "");
    } catch (error) {
      if (error instanceof FatalError) throw error;
      throw failure("make storage directory", this.path, error);
    }
  }

  /**
   * Throws if it is there and not ours to write to; makes nothing, so that it can be asked before
   * long work. /var/tmp is everybody's: whoever was there first could plant images.
   */
  requireOwn(): void {
    refuseEarlier(this.path);
    const uid = ownerOf(this.path);
    if (uid === undefined || uid === process.geteuid?.()) return;
    throw new FatalError(`cannot use storage directory "${this.path}": it belongs to uid ${uid}`, {
      hint: "choose another: --storage=DIR or $CH_IMAGE_STORAGE",
    });
  }

  folder(name: "deleted" | "img" | "layers" | "locks" | "tmp"): string {
    return join(this.path, name);
  }

  /** Where a blob is, if it is there: it has been verified then. */
  blob(digest: string): string {
    const { algorithm, hex } = parseDigest(digest);
    return join(this.path, "blobs", algorithm, hex);
  }

  /** Where a blob grows. */
  partOf(digest: string): string {
    return join(this.folder("tmp"), `${parseDigest(digest).hex}.part`);
  }

  layer(id: string): string {
    return join(this.folder("layers"), id);
  }
}

/** Where it is if nobody says so. */
export function usualStorage(env: Environment): string {
  return `/var/tmp/${userName(env)}.ch`;
}

/** Without a name the uid: $USER is not always set. */
function userName(env: Environment): string {
  const name = env["USER"];
  return name && !name.includes("/") ? name : String(process.geteuid?.());
}

/** Undefined: it is not there. */
function ownerOf(path: string): number | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })?.uid;
  } catch (error) {
    throw failure("open storage directory", path, error);
  }
}

function writeOnce(path: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: "wx" });
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
  }
}
