/** Who may read and execute what: in a SquashFS image the same as in a directory. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { chRun } from "../helpers/ch-run.ts";
import { ENGINES, testWithEngine } from "../helpers/engines.ts";
import { ownFolder } from "../helpers/own-folder.ts";
import { must } from "../helpers/program.ts";
import { makeRoot, makeSquashImage } from "../helpers/root-image.ts";
import { runConditional } from "../helpers/test-if.ts";

const MODES = ["000", "111", "200", "400", "444", "555", "644", "700"];

/** What is allowed with each file and folder. */
const SCRIPT = `
for mode in ${MODES.join(" ")}; do
  for path in /modes/file$mode /modes/folder$mode; do
    echo "$path: $(stat -c %a "$path") $(test -r "$path" && echo r)$(test -x "$path" && echo x)"
  done
  cat "/modes/file$mode" 2>&1
  "/modes/file$mode" 2>&1 | sed 's/.*: //'
  ls "/modes/folder$mode" 2>&1
  cat "/modes/folder$mode/name" 2>&1
  (cd "/modes/folder$mode" && pwd) 2>&1 | sed 's/.*: //'
done`;

interface Images {
  readonly directory: string;
  readonly squashfs: string;
}

let made: Images | undefined;

function images(): Images {
  made ??= makeImages(join(ownFolder(), "modes"), `${ownFolder()}/modes.sqfs`);
  return made;
}

/** The modes are given last: mksquashfs(1) must read everything. */
function makeImages(directory: string, squashfs: string): Images {
  makeRoot(directory);
  mkdirSync(join(directory, "modes"));
  const paths = MODES.flatMap((mode) => [`file${mode}`, `folder${mode}`]);
  for (const mode of MODES) {
    writeFileSync(join(directory, `modes/file${mode}`), "#!/bin/sh\necho executed\n");
    mkdirSync(join(directory, `modes/folder${mode}`));
    writeFileSync(join(directory, `modes/folder${mode}/name`), "below\n");
  }
  const pseudo = paths.map((path) => ["-p", `/modes/${path} m ${path.slice(-3)} 0 0`]);
  makeSquashImage(directory, squashfs, ...pseudo.flat());
  for (const path of paths) must("chmod", path.slice(-3), join(directory, "modes", path));
  return { directory, squashfs };
}

for (const options of [[], ["--write-fake"], ["--uid=0", "--gid=0"]]) {
  for (const engine of ENGINES) {
    const title = ["modes mean the same in SquashFS and in a directory", engine, ...options];

    testWithEngine(engine)(title.join(" "), () => {
      const { directory, squashfs } = images();
      const wanted = chRun([...options, directory, "--", "sh", "-c", SCRIPT]);
      const choice = [...options, `--squashfs-engine=${engine}`];
      const found = chRun([...choice, squashfs, "--", "sh", "-c", SCRIPT]);
      assert.match(wanted.stdout, "/modes/file555: 555 rx\n");
      assert.equal(found, wanted);
    });
  }
}

runConditional();
