/** Small archives, for what is not worth a tree: names of at most 100 bytes, owned by root. */

const BLOCK = 512;

export interface TinyMember {
  readonly name: string;
  /** A directory without it. */
  readonly content?: Uint8Array;
  /** In seconds since 1970. */
  readonly mtime?: number;
}

/** A tar archive; files have mode 0644, directories 0755. */
export function tinyTar(members: readonly TinyMember[]): Buffer {
  return Buffer.concat([...members.flatMap(blocksOf), Buffer.alloc(2 * BLOCK)]);
}

function blocksOf(member: TinyMember): readonly Uint8Array[] {
  const { content = new Uint8Array() } = member;
  const padding = (BLOCK - (content.length % BLOCK)) % BLOCK;
  return [headerOf(member), content, Buffer.alloc(padding)];
}

function headerOf({ name, content, mtime = 0 }: TinyMember): Buffer {
  const header = Buffer.alloc(BLOCK);
  const fields = {
    0: name,
    100: content ? "0000644" : "0000755",
    124: octal(content?.length ?? 0),
    136: octal(mtime),
    156: content ? "0" : "5",
  };
  for (const [offset, text] of Object.entries(fields)) header.write(text, Number(offset));
  header.write("ustar\u000000", 257);
  // The sum counts its own field as blanks.
  header.fill(" ", 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return header;
}

function octal(number: number): string {
  return number.toString(8).padStart(11, "0");
}
