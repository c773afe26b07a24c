/** SIF files, written by the format's specification: header, descriptors, data objects. */
import { readFileSync, writeFileSync } from "node:fs";

const HEADER = 128;
const TABLE = 4096;
const SLOTS = 48;
const SLOT = 585;
const DATA = 32768;

const DEFINITION = 0x4001;
const PARTITION = 0x4004;
const PRIMARY = 2;

export const SQUASHFS = 1;
export const EXT3 = 2;
export const ENCRYPTED = 5;

/** Put a root file system into a SIF file, behind a definition file. Returns its offset. */
export function makeSif(rootPath: string, sif: string, fileSystem = SQUASHFS): number {
  const definition = Buffer.from("bootstrap: docker\nfrom: debian\n");
  const root = readFileSync(rootPath);
  const offset = DATA + 4096;
  const bytes = Buffer.alloc(offset + root.length);
  bytes.write("#!/usr/bin/env run-singularity\n");
  bytes.write("SIF_MAGIC\x0001\x0002\0", 32, "latin1");
  const counts = [0, 0, SLOTS - 2, SLOTS, TABLE, SLOTS * SLOT, DATA, bytes.length - DATA];
  for (const [index, value] of counts.entries()) {
    bytes.writeBigInt64LE(BigInt(value), HEADER - 64 + index * 8);
  }
  describe(bytes, TABLE, { type: DEFINITION, id: 1, offset: DATA, size: definition.length });
  const at = TABLE + SLOT;
  describe(bytes, at, { type: PARTITION, id: 2, offset, size: root.length });
  bytes.writeInt32LE(fileSystem, at + 201);
  bytes.writeInt32LE(PRIMARY, at + 205);
  definition.copy(bytes, DATA);
  root.copy(bytes, offset);
  writeFileSync(sif, bytes);
  return offset;
}

interface DataObject {
  readonly type: number;
  readonly id: number;
  readonly offset: number;
  readonly size: number;
}

function describe(bytes: Buffer, at: number, { type, id, offset, size }: DataObject): void {
  bytes.writeInt32LE(type, at);
  bytes.writeUInt8(1, at + 4);
  bytes.writeUInt32LE(id, at + 5);
  bytes.writeBigInt64LE(BigInt(offset), at + 17);
  for (const field of [25, 33]) bytes.writeBigInt64LE(BigInt(size), at + field);
}
