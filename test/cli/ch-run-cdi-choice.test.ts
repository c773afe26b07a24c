/** ch-run --cdi: which devices are meant, and of which specification. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Device, KIND, type Specification, writeSpecification } from "../helpers/cdi.ts";
import { chRun, type Settings } from "../helpers/ch-run.ts";
import { withFolder } from "../helpers/folder.ts";
import { messages, type Outcome } from "../helpers/program.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { directoryImage } from "../helpers/root-image.ts";

/** What tells that a device has been taken: variables, whose names the tests look for. */
function device(name: string, mark: string): Device {
  return { name, containerEdits: { env: [`CDI_${mark}=`] } };
}

function specification(kind: string, mark: string, ...devices: readonly Device[]): Specification {
  return { kind, devices, containerEdits: { env: [`CDI_${mark}=`] } };
}

/** Folders "one" and "two", the second of which comes later. */
function makeFolders(folder: string): void {
  const [one, two] = [join(folder, "one"), join(folder, "two")];
  const gpus = [device("0", "GPU0"), device("1", "GPU1")];
  writeSpecification(one, "gpu.json", specification(KIND, "GPU", ...gpus));
  const nics = [device("a", "A"), device("all", "ALL")];
  writeSpecification(one, "nic.json", specification("vendor.example/nic", "NIC", ...nics));
  const later = specification(KIND, "LATER", device("1", "LATER1"), device("2", "LATER2"));
  writeSpecification(two, "gpu.json", later);
  writeSpecification(two, ".hidden.json", { kind: "no" });
  writeFileSync(join(two, "other.txt"), "no");
  mkdirSync(join(two, "more.json.d"));
}

/** The marks of what has been taken, without "CDI_". */
function taken(outcome: Outcome): string {
  const names = [...assertDone(outcome).matchAll(/^CDI_(\w+)=/gm)].map(([, name]) => name);
  return names.sort().join(" ");
}

function environmentWith(args: readonly string[], settings: Settings = {}): Outcome {
  return chRun([...args, directoryImage(), "--", "env"], settings);
}

const CHOICES: readonly (readonly [title: string, args: readonly string[], marks: string])[] = [
  ["none is asked for", ["--cdi-dirs=F/one"], ""],
  ["one by its name", [`--cdi=${KIND}=0`, "--cdi-dirs=F/one"], "GPU GPU0"],
  ["two", [`--cdi=${KIND}=0`, `-d${KIND}=1`, "--cdi-dirs=F/one"], "GPU GPU0 GPU1"],
  ["one, twice", [`--cdi=${KIND}=0`, `--cdi=${KIND}=0`, "--cdi-dirs=F/one"], "GPU GPU0"],
  ["all of a kind", [`--cdi=${KIND}`, "--cdi-dirs=F/one"], "GPU GPU0 GPU1"],
  ["a kind with a device all", ["--cdi=vendor.example/nic", "--cdi-dirs=F/one"], "ALL NIC"],
  ["all that there are", ["-d", "--cdi-dirs=F/one"], "ALL GPU GPU0 GPU1 NIC"],
  ["in a later folder", [`--cdi=${KIND}=1`, "--cdi-dirs=F/one:F/two"], "LATER LATER1"],
  ["in an earlier one", [`--cdi=${KIND}=1`, "--cdi-dirs=F/two:F/one"], "GPU GPU1"],
  ["of several files", [`--cdi=${KIND}`, "--cdi-dirs=F/one:F/two"], "GPU GPU0 LATER LATER1 LATER2"],
];

for (const [title, args, marks] of CHOICES) {
  test(`ch-run --cdi takes devices: ${title}`, () =>
    withFolder((folder) => {
      makeFolders(folder);
      const outcome = environmentWith(args.map((arg) => arg.replace(/\bF\//g, `${folder}/`)));
      assert.is(taken(outcome), marks);
    }));
}

test("ch-run --cdi-dirs is what counts, then CH_CDI_DIRS, then CH_RUN_CDI_DIRS", () =>
  withFolder((folder) => {
    makeFolders(folder);
    const [one, two] = [join(folder, "one"), join(folder, "two")];
    const request = `--cdi=${KIND}=1`;
    const env = { CH_CDI_DIRS: one, CH_RUN_CDI_DIRS: two };
    assert.is(taken(environmentWith([request, `--cdi-dirs=${two}`], { env })), "LATER LATER1");
    assert.is(taken(environmentWith([request], { env })), "GPU GPU1");
    const older = { CH_RUN_CDI_DIRS: `${folder}/none:${two}` };
    assert.is(taken(environmentWith([request], { env: older })), "LATER LATER1");
  }));

test("ch-run --cdi: a device in two files of a folder is refused, and only that", () =>
  withFolder((folder) => {
    const [a, b] = [device("0", "A"), device("1", "B")];
    const one = writeSpecification(folder, "one.json", specification(KIND, "ONE", a, b));
    const two = writeSpecification(folder, "two.json", specification(KIND, "TWO", a));
    const error = `CDI device "${KIND}=0" is in two specifications, "${one}" and "${two}"`;
    for (const request of [`--cdi=${KIND}=0`, `--cdi=${KIND}`, "-d"]) {
      assertRefused(environmentWith([request, `--cdi-dirs=${folder}`]), 31, error);
    }
    assert.is(taken(environmentWith([`--cdi=${KIND}=1`, `--cdi-dirs=${folder}`])), "B ONE");
  }));

const ABSENT: readonly (readonly [arg: string, error: string])[] = [
  [`--cdi=${KIND}=7`, `cannot find CDI device "${KIND}=7": it is in no specification in "F/one"`],
  ["--cdi=a/b", 'cannot find CDI device "a/b": it is in no specification in "F/one"'],
];

for (const [arg, error] of ABSENT) {
  test(`ch-run ${arg}: what is not there is refused`, () =>
    withFolder((folder) => {
      makeFolders(folder);
      const outcome = environmentWith([arg, `--cdi-dirs=${folder}/one`]);
      assertRefused(outcome, 31, error.replace("F/", `${folder}/`));
      assert.match(outcome.stderr, `hint: there are: ${KIND}=0, ${KIND}=1, vendor.example/nic=a`);
    }));
}

test("ch-run --cdi: where there is no specification, it says where it has looked", () =>
  withFolder((folder) => {
    const outcome = environmentWith(["-d"], { env: { CH_CDI_DIRS: folder } });
    const where = `there is no specification in "${folder}"`;
    assertRefused(outcome, 31, `cannot find CDI devices: ${where}`);
    assert.match(outcome.stderr, "hint: --cdi-dirs names other directories");
    const none = environmentWith(["-d", `--cdi-dirs=${folder}/none`]);
    const reason = `"${folder}/none": No such file or directory`;
    assertRefused(none, 31, `cannot read CDI directory ${reason}`);
  }));

for (const word of ["gpu", "a/b=", "=", "", "/b=c", "a/b=c=d", "a b/c", "../x"]) {
  test(`ch-run --cdi=${word} is neither kind nor device`, () => {
    assertRefused(environmentWith([`--cdi=${word}`]), 64, /^error: option "--cdi=.*": not a kind/);
  });
}

test("ch-run --cdi: a file that is no good is in the way only if it may be meant", () =>
  withFolder((folder) => {
    makeFolders(folder);
    const directory = join(folder, "one");
    const bad = join(directory, "bad.json");
    writeFileSync(bad, '{"cdiVersion": "0.6.0"}');
    const complaint = `cannot use CDI specification "${bad}": field "kind" is missing`;
    const dirs = `--cdi-dirs=${directory}`;
    const good = environmentWith([`--cdi=${KIND}=0`, dirs]);
    assert.equal(messages(good.stderr), [`warning: ${complaint}`]);
    assert.match(good.stdout, "CDI_GPU0=");
    for (const request of ["-d", `--cdi=${KIND}=7`]) {
      assertRefused(environmentWith(["-q", request, dirs]), 31, complaint);
    }
  }));

test.run();
