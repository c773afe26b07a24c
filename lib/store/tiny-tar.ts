/** The smallest of archives, to try something out with. */

const BLOCK = 512;

/** A tar archive of empty files, with names of at most 100 bytes. */
export function tarOfEmptyFiles(names: readonly string[]): Buffer {
  return Buffer.concat([...names.map(headerOf), Buffer.alloc(2 * BLOCK)]);
}

function headerOf(name: string): Buffer {
  const header = Buffer.alloc(BLOCK);
  const fields = { 0: name, 100: "0000644", 124: "00000000000", 136: "00000000000", 156: "0" };
  for (const [offset, text] of Object.entries(fields)) header.write(text, Number(offset));
  header.write("ustar\u000000", 257);
  // The sum counts its own field as blanks.
  header.fill(" ", 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return header;
}
