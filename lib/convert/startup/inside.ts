/**
 * Files inside an image's tree, found as a process in the container finds them: absolute symlinks
 * mean the image's root, and ".." stops there. Paths are byte strings (Latin-1), relative to the
 * root and free of symlinks once they are found, since names in an image need not be UTF-8.
 */
import { lstatSync, readdirSync, readFileSync, readlinkSync, type Stats } from "node:fs";

const MOST_SYMLINKS = 40;

export class ImageTree {
  readonly #root: Buffer;

  constructor(directory: string) {
    this.#root = Buffer.from(directory);
  }

  /** The regular file that `path` leads to, or undefined. */
  findFile(path: string): string | undefined {
    const found = this.#resolve(path);
    return found !== undefined && this.#stat(found)?.isFile() ? found : undefined;
  }

  /** What a file that findFile() has found holds; undefined if it cannot be read. */
  read(path: string): Buffer | undefined {
    try {
      return readFileSync(this.#onHost(path));
    } catch {
      return undefined;
    }
  }

  /** Names in a directory, sorted; none if there is no such directory. */
  list(path: string): string[] {
    const found = this.#resolve(path);
    try {
      return found === undefined ? [] : readdirSync(this.#onHost(found), "latin1").sort();
    } catch {
      return [];
    }
  }

  #resolve(path: string): string | undefined {
    const rest = components(path);
    const done: string[] = [];
    let symlinks = 0;
    for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
      if (name === "..") done.pop();
      else done.push(name);
      const stats = this.#stat(done.join("/"));
      if (!stats) return undefined;
      if (!stats.isSymbolicLink()) continue;
      if (++symlinks > MOST_SYMLINKS) return undefined;
      const target = readlinkSync(this.#onHost(done.join("/")), "latin1");
      done.splice(target.startsWith("/") ? 0 : done.length - 1);
      rest.unshift(...components(target));
    }
    return done.join("/");
  }

  #stat(path: string): Stats | undefined {
    try {
      return lstatSync(this.#onHost(path));
    } catch {
      return undefined;
    }
  }

  #onHost(path: string): Buffer {
    return Buffer.concat([this.#root, Buffer.from(`/${path}`, "latin1")]);
  }
}

function components(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}
