/**
 * What an ELF file says about how it is started: its dynamic loader and the libraries it needs;
 * elf(5). Both byte orders and both word sizes, since an image may be for another machine.
 */
const PROGRAM_DYNAMIC = 2;
const PROGRAM_INTERPRETER = 3;
const PROGRAM_LOAD = 1;
const DYNAMIC_NEEDED = 1;
const DYNAMIC_STRINGS = 5;
const DYNAMIC_RPATH = 15;
const DYNAMIC_RUNPATH = 29;

export interface Elf {
  /** Files of the same kind can be linked together. */
  readonly kind: string;
  /** Path of the dynamic loader. */
  readonly interpreter: string | undefined;
  /** Names of libraries, or paths where they have a slash. */
  readonly needed: readonly string[];
  /** Folders of its own to look for them in; $ORIGIN is not replaced. */
  readonly searched: readonly string[];
}

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

/** Undefined for anything that is no ELF file, or a damaged one. */
export function parseElf(bytes: Buffer): Elf | undefined {
  if (bytes.toString("latin1", 0, 4) !== "\x7fELF") return undefined;
  try {
    return readElf(new Reader(bytes));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function readElf(reader: Reader): Elf {
  const segments = readSegments(reader);
  const interpreter = segments.find(({ type }) => type === PROGRAM_INTERPRETER);
  const dynamic = readDynamic(reader, segments);
  const strings = fileOffset(segments, valuesOf(dynamic, DYNAMIC_STRINGS)[0]);
  const texts = (tag: number): string[] =>
    strings === undefined ? [] : valuesOf(dynamic, tag).map((at) => reader.text(strings + at));
  const runpath = texts(DYNAMIC_RUNPATH);
  return {
    kind: `${reader.wide ? 64 : 32} ${reader.little} ${reader.half(18)}`,
    interpreter: interpreter && reader.text(interpreter.offset),
    needed: texts(DYNAMIC_NEEDED),
    searched: (runpath.length > 0 ? runpath : texts(DYNAMIC_RPATH)).flatMap((path) =>
      path.split(":").filter(Boolean),
    ),
  };
}

function readSegments(reader: Reader): Segment[] {
  const table = reader.word(reader.wide ? 32 : 28);
  const size = reader.half(reader.wide ? 54 : 42);
  const count = reader.half(reader.wide ? 56 : 44);
  return Array.from({ length: count }, (_, index) => {
    const at = table + index * size;
    return {
      type: reader.int(at),
      offset: reader.word(at + (reader.wide ? 8 : 4)),
      address: reader.word(at + (reader.wide ? 16 : 8)),
      size: reader.word(at + (reader.wide ? 32 : 16)),
    };
  });
}

type Entry = readonly [tag: number, value: number];

function readDynamic(reader: Reader, segments: readonly Segment[]): Entry[] {
  const found = segments.find(({ type }) => type === PROGRAM_DYNAMIC);
  if (!found) return [];
  const width = reader.wide ? 8 : 4;
  const count = Math.floor(found.size / (2 * width));
  return Array.from({ length: count }, (_, index) => {
    const at = found.offset + index * 2 * width;
    return [reader.word(at), reader.word(at + width)];
  });
}

function valuesOf(dynamic: readonly Entry[], wanted: number): number[] {
  return dynamic.filter(([tag]) => tag === wanted).map(([, value]) => value);
}

/** Where in the file an address of the running program comes from. */
function fileOffset(segments: readonly Segment[], address: number | undefined): number | undefined {
  if (address === undefined) return undefined;
  const holder = segments.find(
    ({ type, address: start, size }) =>
      type === PROGRAM_LOAD && address >= start && address < start + size,
  );
  return holder && holder.offset + address - holder.address;
}

/** Numbers and texts at offsets; a RangeError where the file has ended. */
class Reader {
  readonly wide: boolean;
  readonly little: boolean;
  readonly #bytes: Buffer;
  readonly #view: DataView;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.wide = this.#view.getUint8(4) === 2;
    this.little = this.#view.getUint8(5) === 1;
  }

  half(at: number): number {
    return this.#view.getUint16(at, this.little);
  }

  int(at: number): number {
    return this.#view.getUint32(at, this.little);
  }

  /** Of 64 bits or of 32. A value beyond 2^53 is no offset in a file, and fails as one. */
  word(at: number): number {
    return this.wide ? Number(this.#view.getBigUint64(at, this.little)) : this.int(at);
  }

  text(at: number): string {
    const end = this.#bytes.indexOf(0, at);
    if (at > this.#bytes.length || end === -1) throw new RangeError("a text without an end");
    return this.#bytes.toString("latin1", at, end);
  }
}
