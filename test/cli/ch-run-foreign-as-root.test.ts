/** Images of somebody else's, which only root can make: `make check-root`. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import * as assert from "uvu/assert";
import { asUser, withCopy } from "../helpers/as-user.ts";
import { hook, KIND, writeSpecification } from "../helpers/cdi.ts";
import { must } from "../helpers/program.ts";
import { assertDone } from "../helpers/refusal.ts";
import { makeRoot } from "../helpers/root-image.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";

const testAsRoot = testIf(process.getuid?.() === 0, "only root can give files to others");

/** Like the real one, it does not write to what is there. */
const LDCONFIG = `#!/bin/sh
echo "$*" >/etc/ld.so.cache~
mv /etc/ld.so.cache~ /etc/ld.so.cache
`;

interface Place {
  readonly program: string;
  readonly folder: string;
  readonly image: string;
}

/** A test with an image that belongs to root, for a user who is not. */
function withForeignImage(body: (place: Place) => unknown): Promise<void> {
  return withCopy((program) => {
    const folder = join(dirname(program), "host");
    mkdirSync(folder);
    const image = makeRoot(join(folder, "image"));
    must("chown", "-R", "0:0", image);
    writeFileSync(join(folder, "file"), "text\n");
    return body({ program, folder, image });
  });
}

testAsRoot("ch-run --bind: destinations are made in directories of another user", () =>
  withForeignImage(({ program, folder, image }) => {
    mkdirSync(join(image, "srv/deep"));
    chmodSync(join(image, "srv/deep"), 0o750 | 0o005);
    symlinkSync("/srv/deep", join(image, "opt/link"));
    const binds = ["/opt/link/a", "/opt/link/b/c", "/usr/bin/tool"].map(
      (path) => `--bind=${folder}/file:${path}`,
    );
    const script = "cat /srv/deep/a /srv/deep/b/c /usr/bin/tool; stat -c %a /srv/deep; ls /etc";
    const outcome = asUser(program, ...binds, image, "--", "sh", "-c", script);
    const [first, second, third, mode, ...names] = assertDone(outcome).split("\n");
    assert.equal([first, second, third, mode], ["text", "text", "text", "755"]);
    assert.ok(names.includes("os-release"));
    assert.not(existsSync(join(image, "srv/deep/a")));
  }),
);

testAsRoot("ch-run --home works in an image of another user", () =>
  withForeignImage(({ program, image }) => {
    const words = ["env", "HOME=/tmp", "USER=somebody", program, "--home", image];
    assert.is(assertDone(asUser(...words, "--", "sh", "-c", 'echo "$HOME"')), "/home/somebody\n");
  }),
);

testAsRoot("ch-run --cdi works in an image of another user, and leaves it as it is", () =>
  withForeignImage(({ program, folder, image }) => {
    writeFileSync(join(image, "usr/bin/ldconfig"), LDCONFIG);
    chmodSync(join(image, "usr/bin/ldconfig"), 0o755);
    writeFileSync(join(image, "etc/ld.so.cache"), "old\n");
    const specs = join(folder, "specs");
    writeSpecification(specs, "a.json", {
      containerEdits: {
        mounts: [{ hostPath: `${folder}/file`, containerPath: "/usr/lib/libx.so.1" }],
        hooks: [
          hook("create-symlinks", "--link", "libx.so.1::/usr/lib/libx.so"),
          hook("create-symlinks", "--link", "new::/etc/os-release"),
          hook("update-ldcache", "--folder", "/usr/lib"),
        ],
      },
    });
    const script = "cat /usr/lib/libx.so; readlink /etc/os-release; cat /etc/ld.so.cache";
    const options = [`--cdi=${KIND}`, `--cdi-dirs=${specs}`];
    const outcome = asUser(program, ...options, image, "--", "sh", "-c", script);
    assert.is(assertDone(outcome), "text\nnew\n/usr/lib\n");
    assert.is(readFileSync(join(image, "etc/ld.so.cache"), "utf8"), "old\n");
  }),
);

runConditional();
