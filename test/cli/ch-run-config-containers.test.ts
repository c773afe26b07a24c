/** What configuration files say of the container as a whole: images below, overlays, devices. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { writeSpecification } from "../helpers/cdi.ts";
import { withFolder } from "../helpers/folder.ts";
import { type Installation, withInstallation } from "../helpers/installation.ts";
import { test } from "../helpers/kernel.ts";
import { messages } from "../helpers/program.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { directoryImage } from "../helpers/root-image.ts";

const image = directoryImage();

/** The value of a key as --print-config shows it with these options, and where it is from. */
function shown(installation: Installation, key: string, options: readonly string[]): string {
  const output = assertDone(installation.run([...options, "--print-config"]));
  const line = output.split("\n").find((text) => text.startsWith(`${key} =`)) ?? "";
  return line.replace(/ +# /, " # ").slice(`${key} =`.length).trimStart();
}

/** What is configured, options, a key and what is shown of it; FILE is where it is from. */
const SHOWN: readonly (readonly [string, readonly string[], string, string])[] = [
  ["color = never", [], "color", "never # FILE"],
  ["color = never", ["--color"], "color", "always # --color"],
  ["isolate = pid,ipc", [], "isolate", "ipc,pid # FILE"],
  ["isolate = pid", ["--isolate=net"], "isolate", "net,pid # --isolate"],
  ["isolate = pid", ["--config=isolate="], "isolate", "# --config"],
  ["isolate = pid", ["--join"], "isolate", "# FILE"],
  ["join = yes", ["--isolate=pid"], "join", "no # FILE"],
  ["join = no", ["--join-tag=x"], "join", "yes # --join-tag"],
  ["join = no", ["--join-ct=2"], "join", "yes # --join-ct"],
  ["join = yes", ["--join-pid=1"], "join", "no # FILE"],
  ["private-tmp = yes", ["--join-pid=1"], "private-tmp", "no # FILE"],
  ["warnings = no", [], "warnings", "no # FILE"],
  ["warnings = no", ["-v"], "warnings", "yes # FILE"],
  ["warnings = yes", ["-q"], "warnings", "no # --quiet"],
  ["overlay = /x/y:ro", [], "overlay", "/x/y:ro # FILE"],
  ["overlay = /x", ["--overlay=/z"], "overlay", "/z # --overlay"],
  ["overlay = /x", ["--write"], "overlay", "# FILE"],
  ["overlay = /x", ["--write-fake"], "overlay", "# FILE"],
  ["write-fake = yes", ["--overlay=/x"], "write-fake", "no # FILE"],
  ["overlay = /x\noverlay =", [], "overlay", "# FILE"],
  ["lower = /x", [], "lower", "/x # FILE"],
  ["lower = /x", ["--write"], "lower", ""],
  ["lower = /x\nlower =", ["--lower=/y"], "lower", "/y # --lower"],
  ["cdi = a.com/b=c", [], "cdi", "a.com/b=c # FILE"],
  ["optional-cdi = all", ["--config=optional-cdi="], "optional-cdi", ""],
  ["cdi = all\noptional-cdi = a.com/b\ncdi =", [], "optional-cdi", "a.com/b # FILE"],
  ["set-env0 = /x", [], "set-env0", "/x # FILE"],
  ["set-env = A=b\nset-env0 = /x\nset-env0 =", [], "set-env", "A=b # FILE"],
];

for (const [text, options, key, expected] of SHOWN) {
  const title = `with "${text.replaceAll("\n", "; ")}", ch-run ${options.join(" ")} has`;
  test(`${title} ${key} = ${expected}`, () =>
    withInstallation((installation) => {
      const path = installation.configure(text);
      const found = shown(installation, key, options).replace(/:\d+/, "");
      const option = options[0]?.replace(/=.*/, "") ?? "";
      assert.is(found, expected.replace("FILE", path).replace("--config", option));
    }));
}

/** What is fixed, and an option against it. */
const FIXED: readonly (readonly [string, string])[] = [
  ["color = never", "--color=auto"],
  ["isolate = pid", "--isolate=net"],
  ["join = no", "--join"],
  ["join = no", "--join-tag=x"],
  ["overlay = /x", "--overlay=/y"],
  ["warnings = yes", "--quiet"],
];

for (const [line, option] of FIXED) {
  test(`ch-run ${option} is refused where "${line}" is fixed`, () =>
    withInstallation(({ configure, run }) => {
      const path = configure(`fixed ${line}`);
      const reason = `the administrator has fixed "${line}" at ${path}:1`;
      const outcome = run([option, image, "true"]);
      assertRefused(outcome, 64, `option "${option.replace(/=.*/, "")}": ${reason}`);
    }));
}

test("a fixed lower stays, and two that exclude each other are refused", () =>
  withInstallation(({ configure, run }) => {
    configure("fixed lower = /x\nlower =");
    assertRefused(run(["--write", image, "true"]), 64, /"--write" and "--lower" exclude each/);
    configure("isolate = pid\nfixed join = yes");
    assertRefused(run(["--isolate=net", image, "true"]), 64, /"--join" and "--isolate" exclude/);
  }));

test("an image below and a kept overlay of a file are used, and named with it", () =>
  withInstallation(({ configure, folder, run }) => {
    mkdirSync(join(folder, "below"));
    writeFileSync(join(folder, "below/file"), "below\n");
    configure("lower = $BASE/below\noverlay = $BASE/kept");
    const settings = { env: { BASE: folder } };
    const command = ["sh", "-c", "cat /file && echo kept >/file"];
    assert.is(assertDone(run([image, "--", ...command], settings)), "below\n");
    assert.is(assertDone(run([image, "--", "cat", "/file"], settings)), "kept\n");
    const path = configure("lower = /no/such\n");
    assertRefused(run([image, "true"]), 31, `${path}:1: cannot find image "/no/such": ${ABSENT}`);
    configure("\noverlay = /proc/no/such");
    assertRefused(run([image, "true"]), 31, new RegExp(`^error: ${path}:2: .*"/proc/no/such"`));
  }));

const ABSENT = "No such file or directory";

test("isolate and warnings of a file count", () =>
  withInstallation(({ configure, run }) => {
    configure("isolate = pid\nwarnings = no\nfixed storage = /a");
    const env = { CH_IMAGE_STORAGE: "/b" };
    assert.is(assertDone(run([image, "--", "/bin/sh", "-c", "echo $PPID"])), "1\n");
    assert.equal(messages(run([image, "--", "/bin/true"], { env }).stderr), []);
    const loud = messages(run(["-v", image, "--", "/bin/true"], { env }).stderr);
    assert.ok(loud.some((line) => line.startsWith("warning: ")));
  }));

test("devices of a file are there, and optional ones may be missing", () =>
  withFolder((cdi) =>
    withInstallation(({ configure, run }) => {
      const print = [image, "--", "sh", "-c", 'echo "$GPU"'];
      const text = `cdi-dirs = ${cdi}\noptional-cdi = vendor.example/gpu\noptional-cdi = all`;
      configure(text);
      assert.is(assertDone(run(print)), "\n");
      const path = configure("cdi = vendor.example/gpu", "conf.d/a.conf");
      const missing = 'cannot find CDI device "vendor.example/gpu": there is no specification in';
      assertRefused(run(print), 31, `${path}:1: ${missing} "${cdi}"`);
      writeSpecification(cdi, "a.json", { containerEdits: { env: ["GPU=yes"] } });
      assert.is(assertDone(run(print)), "yes\n");
      const { environment } = JSON.parse(assertDone(run(["--explain=json", ...print])));
      const [gpu] = environment.filter((variable: { name: string }) => variable.name === "GPU");
      assert.is(gpu.origin.place, join(path, "../../charliecloud.conf"));
    }),
  ));

test.run();
