/** ch-run --cdi: what devices bring into a container. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { type Edits, hook, KIND, writeSpecification } from "../helpers/cdi.ts";
import { chRun, launch } from "../helpers/ch-run.ts";
import { withFolder } from "../helpers/folder.ts";
import { test } from "../helpers/kernel.ts";
import { messages, type Outcome } from "../helpers/program.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { directoryImage, images, makeRoot } from "../helpers/root-image.ts";

/** Run a script in an image with these edits; "$HOST" in the script is `folder`. */
function runWith(
  folder: string,
  containerEdits: Edits,
  image: string,
  script: string,
  ...options: readonly string[]
): Outcome {
  const specs = join(folder, "specs");
  writeSpecification(specs, "a.json", { containerEdits });
  const command = [image, "--", "sh", "-c", script];
  return chRun(
    [`--cdi=${KIND}`, `--cdi-dirs=${specs}`, `--set-env=HOST=${folder}`].concat(options, command),
  );
}

for (const [kind, image] of images()) {
  test(`ch-run --cdi: mounts, links and variables in a read-only image, ${kind}`, () =>
    withFolder((folder) => {
      writeFileSync(join(folder, "lib"), "library\n");
      const edits: Edits = {
        env: ["FROM_CDI=a:$PATH"],
        mounts: [{ hostPath: `${folder}/lib`, containerPath: "/opt/x/lib.so.1", options: ["ro"] }],
        hooks: [hook("create-symlinks", "--link", "lib.so.1::/opt/x/lib.so")],
      };
      const script = 'cat /opt/x/lib.so; readlink /opt/x/lib.so; echo "$FROM_CDI"';
      const outcome = runWith(folder, edits, image, script);
      assert.is(assertDone(outcome), "library\nlib.so.1\na:$PATH\n");
      assert.not(existsSync(join(directoryImage(), "opt/x")));
    }));
}

test("ch-run --cdi: the options of a mount", () =>
  withFolder((folder) => {
    for (const name of ["a", "b", "c"]) mkdirSync(join(folder, name));
    const edits: Edits = {
      mounts: [
        { hostPath: `${folder}/a`, containerPath: "/m/a", options: ["rbind", "rprivate"] },
        { hostPath: `${folder}/b`, containerPath: "/m/b", options: ["ro", "nosuid", "nodev"] },
        { hostPath: `${folder}/c`, containerPath: "/m/c", options: ["noexec", "ro", "rw"] },
      ],
    };
    const script = `touch /m/a/x /m/c/x; touch /m/b/x; cat /proc/self/mountinfo`;
    const { stdout, stderr } = runWith(folder, edits, directoryImage(), script);
    const options = (path: string) => new RegExp(` ${path} (\\S+)`).exec(stdout)?.[1]?.split(",");
    assert.match(stderr, /^touch: .*\/m\/b\/x.*Read-only file system\n$/);
    assert.ok(existsSync(join(folder, "a/x")) && existsSync(join(folder, "c/x")));
    for (const wanted of ["ro", "nosuid", "nodev"]) assert.ok(options("/m/b")?.includes(wanted));
    for (const wanted of ["rw", "noexec"]) assert.ok(options("/m/c")?.includes(wanted));
    assert.not(options("/m/b")?.includes("noexec"));
  }));

test("ch-run --cdi: a device node is the host's, also at another place", () =>
  withFolder((folder) => {
    const edits: Edits = {
      deviceNodes: [
        { path: "/dev/null", type: "c", permissions: "rwm" },
        { path: "/opt/dev/zero", hostPath: "/dev/zero" },
        { path: "/dev/full", hostPath: "/dev/zero" },
      ],
    };
    const script = "for f in /opt/dev/zero /dev/full; do head -c 2 $f | od -An -tx1; done";
    const outcome = runWith(folder, edits, directoryImage(), `${script}; echo >/dev/null`);
    assert.is(assertDone(outcome), " 00 00\n 00 00\n");
  }));

test("ch-run --cdi: links replace what is there, and the host's folders are left alone", () =>
  withFolder((folder) => {
    const image = makeRoot(join(folder, "image"));
    writeFileSync(join(image, "opt/file"), "old\n");
    symlinkSync("elsewhere", join(image, "opt/link"));
    symlinkSync("/opt", join(image, "srv/deep"));
    const links = ["new::/opt/file", "a/b::/opt/link", "c::/srv/deep/er/link", "d::/dev/ch-test/x"];
    const args = links.flatMap((link) => ["--link", link]);
    const script = "for f in file link er/link; do readlink /opt/$f; done; ls /dev/ch-test";
    const { stdout, stderr } = runWith(
      folder,
      { hooks: [hook("create-symlinks", ...args)] },
      image,
      script,
    );
    assert.is(stdout, "new\na/b\nc\n");
    assert.match(stderr, /^ls: .*No such file/);
    assert.is(readFileSync(join(image, "opt/file"), "utf8"), "old\n");
    assert.not(existsSync("/dev/ch-test"));
  }));

test("ch-run --cdi: a link where a directory is, is refused", () =>
  withFolder((folder) => {
    const edits: Edits = { hooks: [hook("create-symlinks", "--link", "x::/opt")] };
    const outcome = runWith(folder, edits, directoryImage(), "true");
    assertRefused(outcome, 31, 'cannot make the CDI link "/opt": Is a directory');
  }));

test("ch-run --cdi: modes are changed in the container only, never on the host", () =>
  withFolder((folder) => {
    mkdirSync(join(folder, "host"));
    chmodSync(join(folder, "host"), 0o755);
    const paths = ["/mnt", "/opt/host", "/none"].flatMap((path) => ["--path", path]);
    const edits: Edits = {
      mounts: [{ hostPath: `${folder}/host`, containerPath: "/opt/host" }],
      hooks: [hook("chmod", "--mode", "700", ...paths)],
    };
    const outcome = runWith(folder, edits, directoryImage(), "stat -c %a /mnt /opt/host");
    assert.is(assertDone(outcome), "700\n755\n");
    assert.is(statSync(join(directoryImage(), "mnt")).mode & 0o777, 0o755);
    assert.is(statSync(join(folder, "host")).mode & 0o777, 0o755);
  }));

test("ch-run --cdi: variables come after the image's and before --set-env's", () =>
  withFolder((folder) => {
    const image = makeRoot(join(folder, "image"));
    mkdirSync(join(image, "ch"));
    writeFileSync(join(image, "ch/environment"), "A=image\nB=image\n");
    const edits: Edits = { env: ["A=cdi", "C=cdi", "D=cdi"] };
    const script = 'echo "$A $B $C $D"';
    const set = ["--set-env=C=option", "--unset-env=D"];
    assert.is(assertDone(runWith(folder, edits, image, script, ...set)), "cdi image option \n");
    const clean = runWith(folder, edits, image, script, "--clean-env");
    assert.match(clean.stdout, "cdi image cdi cdi");
  }));

test("ch-run --write --cdi: what is missing is made in the image, as for --bind", () =>
  withFolder((folder) => {
    const image = makeRoot(join(folder, "image"));
    writeFileSync(join(folder, "lib"), "library\n");
    const edits: Edits = {
      mounts: [{ hostPath: `${folder}/lib`, containerPath: "/opt/lib" }],
      hooks: [hook("create-symlinks", "--link", "lib::/opt/link")],
    };
    assert.is(assertDone(runWith(folder, edits, image, "cat /opt/link", "--write")), "library\n");
    assert.is(readlinkSync(join(image, "opt/link")), "lib");
    assert.is(readFileSync(join(image, "opt/lib"), "utf8"), "");
  }));

test("ch-run --cdi /: the host has its own files, and only variables are set", () =>
  withFolder((folder) => {
    const edits: Edits = {
      env: ["A=b"],
      mounts: [{ hostPath: "/etc/os-release", containerPath: "/no/such/place" }],
      hooks: [hook("create-symlinks", "--link", "a::/no/link")],
    };
    assert.is(assertDone(runWith(folder, edits, "/", 'echo "$A"')), "b\n");
  }));

test("ch-run --cdi: what is not done is said, with the reason", () =>
  withFolder((folder) => {
    const edits: Edits = {
      hooks: [hook("frobnicate", "--now"), hook("disable-device-node-modification")],
      additionalGids: [0, 4_000_000_000],
      intelRdt: { closID: "x" },
    };
    const { status, stderr } = runWith(folder, edits, directoryImage(), "true");
    const file = `${folder}/specs/a.json`;
    assert.is(status, 0);
    assert.equal(messages(stderr), [
      `warning: CDI hook "/usr/bin/nvidia-cdi-hook frobnicate" of "${file}" is not run: ch-run runs no hooks, and knows no other way to do what this one does`,
      `warning: CDI specification "${file}" asks for group 4000000000, which you are not in: only the admin can add you`,
    ]);
  }));

test("ch-run --join --cdi: peers share what is mounted, and each has the variables", async () =>
  withFolder(async (folder) => {
    writeFileSync(join(folder, "lib"), "library\n");
    const mounts = [{ hostPath: `${folder}/lib`, containerPath: "/opt/lib" }];
    const specs = join(folder, "specs");
    writeSpecification(specs, "a.json", { containerEdits: { env: ["A=cdi"], mounts } });
    const peers = ["--join-ct=3", `--join-tag=${folder}`, "--cdi", `--cdi-dirs=${specs}`];
    const script = 'cat /opt/lib; echo "$A"; readlink /proc/self/ns/mnt';
    const words = [...peers, directoryImage(), "--", "sh", "-c", script];
    const outcomes = await Promise.all([1, 2, 3].map(() => launch(words).ended));
    const outputs = outcomes.map(assertDone);
    assert.match(outputs[0] ?? "", /^library\ncdi\nmnt:/);
    assert.is(new Set(outputs).size, 1);
  }));

const NODE = { path: "/dev/null" };
const MOUNT = { hostPath: "/no/such", containerPath: "/opt/x" };
const WRONG: readonly (readonly [title: string, edits: Edits, error: string])[] = [
  [
    "a missing node",
    { deviceNodes: [{ path: "/dev/no" }] },
    'cannot find "/dev/no" on this host: No such file or directory',
  ],
  [
    "a node that is none",
    { deviceNodes: [{ path: "/etc/passwd" }] },
    '"/etc/passwd" is not a device of type "b, c or p"',
  ],
  [
    "a node of another type",
    { deviceNodes: [{ ...NODE, type: "b" }] },
    '"/dev/null" is not a device of type "b"',
  ],
  [
    "a missing source",
    { mounts: [MOUNT] },
    'cannot find "/no/such" on this host: No such file or directory',
  ],
  [
    "a hook that cannot be meant",
    { hooks: [hook("chmod", "--path", "/a")] },
    'hook "/usr/bin/nvidia-cdi-hook chmod": option "--mode" is missing',
  ],
];

for (const [title, edits, error] of WRONG) {
  test(`ch-run --cdi refuses ${title}, and names the file`, () =>
    withFolder((folder) => {
      const outcome = runWith(folder, edits, directoryImage(), "true");
      const device = `CDI device "${KIND}=0" of "${folder}/specs/a.json"`;
      assertRefused(outcome, 31, `cannot use ${device}: ${error}`);
    }));
}

test.run();
