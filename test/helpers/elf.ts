/** ELF files that say what a test wants them to, and do nothing. */
export interface ElfWishes {
  readonly interpreter?: string;
  readonly needed?: readonly string[];
  readonly runpath?: string;
  readonly rpath?: string;
  /** 8 for 64 bits, 4 for 32. */
  readonly width?: 4 | 8;
  readonly bigEndian?: boolean;
  readonly machine?: number;
}

const X86_64 = 62;
const ADDRESS = 0x400000;

/** Such a file: header, three program headers, the dynamic section, strings, padding. */
export function makeElf(wishes: ElfWishes, size = 0): Buffer {
  const width = wishes.width ?? 8;
  const headers = width === 8 ? 64 + 3 * 56 : 52 + 3 * 32;
  const strings = new Strings();
  const interpreter = wishes.interpreter === undefined ? 0 : strings.add(wishes.interpreter);
  const dynamic: [number, number][] = (wishes.needed ?? []).map((name) => [1, strings.add(name)]);
  if (wishes.rpath !== undefined) dynamic.push([15, strings.add(wishes.rpath)]);
  if (wishes.runpath !== undefined) dynamic.push([29, strings.add(wishes.runpath)]);
  const start = headers + (dynamic.length + 2) * 2 * width;
  dynamic.push([5, ADDRESS + start], [0, 0]);
  const length = start + strings.bytes.length;
  const out = new Writer(Math.max(size, length), wishes);
  out.header(wishes.machine ?? X86_64, wishes.interpreter === undefined ? 2 : 3);
  out.segment([1, 0, ADDRESS, out.bytes.length]);
  out.segment([2, headers, ADDRESS + headers, dynamic.length * 2 * width]);
  if (wishes.interpreter !== undefined) out.segment([3, start + interpreter, 0, 0]);
  out.seek(headers);
  for (const [tag, value] of dynamic) {
    out.word(tag);
    out.word(value);
  }
  strings.bytes.copy(out.bytes, start);
  out.bytes.fill("padding ", length);
  return out.bytes;
}

class Strings {
  bytes = Buffer.from("\0");

  add(text: string): number {
    const at = this.bytes.length;
    this.bytes = Buffer.concat([this.bytes, Buffer.from(`${text}\0`, "latin1")]);
    return at;
  }
}

class Writer {
  readonly bytes: Buffer;
  readonly #wide: boolean;
  readonly #big: boolean;
  #at = 0;

  constructor(size: number, { width = 8, bigEndian = false }: ElfWishes) {
    this.bytes = Buffer.alloc(size);
    this.#wide = width === 8;
    this.#big = bigEndian;
  }

  header(machine: number, segments: number): void {
    this.bytes.write(`\x7fELF${this.#wide ? "\x02" : "\x01"}${this.#big ? "\x02" : "\x01"}\x01`);
    this.seek(16);
    for (const value of [2, machine]) this.half(value);
    this.int(1);
    for (const value of [ADDRESS, this.#wide ? 64 : 52, 0]) this.word(value);
    this.int(0);
    for (const value of this.#wide ? [64, 56, segments] : [52, 32, segments]) this.half(value);
    this.seek(this.#wide ? 64 : 52);
  }

  segment([type, offset, address, size]: readonly [number, number, number, number]): void {
    this.int(type);
    if (this.#wide) this.int(4);
    for (const value of [offset, address, address, size, size]) this.word(value);
    if (!this.#wide) this.int(4);
    this.word(1);
  }

  seek(at: number): void {
    this.#at = at;
  }

  half(value: number): void {
    this.#number(value, 2);
  }

  int(value: number): void {
    this.#number(value, 4);
  }

  word(value: number): void {
    if (this.#wide && this.#big) this.int(0);
    this.int(value);
    if (this.#wide && !this.#big) this.int(0);
  }

  #number(value: number, length: number): void {
    if (this.#big) this.bytes.writeUIntBE(value, this.#at, length);
    else this.bytes.writeUIntLE(value, this.#at, length);
    this.#at += length;
  }
}
