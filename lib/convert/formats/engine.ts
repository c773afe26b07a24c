/** Images that docker and podman keep, by way of archives that they save and load. */
import { join } from "node:path";
import { FatalError } from "../../base/error.ts";
import { runProgram } from "../../base/process.ts";
import { withTemporary } from "../../host/temporary.ts";
import { parseReference } from "../../oci/reference.ts";
import { readArchive } from "./archive.ts";
import { writeDockerArchive } from "./docker-archive.ts";
import type { Format, Job } from "./format.ts";

export const dockerFormat = engineFormat("docker");
export const podmanFormat = engineFormat("podman");

function engineFormat(engine: "docker" | "podman"): Format {
  return {
    kind: engine,
    noun: `image of ${engine}`,
    form: "none",
    read: (location, job, use) =>
      withTemporary(job.settings.temporary, async (folder) => {
        const path = join(folder, "saved.tar");
        await run(engine, ["save", "-o", path, location.place], job);
        return readArchive({ ...location, place: path, reference: undefined }, job, use);
      }),
    async create({ place }, job) {
      parseReference(place);
      return {
        kind: "layers",
        write: ({ image }) =>
          withTemporary(job.settings.temporary, async (folder) => {
            const path = join(folder, "load.tar");
            await writeDockerArchive({ kind: "layers", image, reference: place }, path, job);
            await run(engine, ["load", "-i", path], job);
          }),
      };
    },
    async exists({ place }, { task }) {
      const args = ["image", "inspect", place];
      return (await runProgram({ file: engine, args }, task)).status === 0;
    },
  };
}

async function run(engine: string, args: readonly string[], { task }: Job): Promise<void> {
  const { status, errors } = await runProgram({ file: engine, args }, task);
  if (status === 0) return;
  throw new FatalError(`${engine} ${args[0]} failed: ${errors.at(-1) ?? `status ${status}`}`);
}
