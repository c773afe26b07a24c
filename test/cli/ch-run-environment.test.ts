import { test } from "uvu";
import * as assert from "uvu/assert";
import { chRun, runLimited } from "../helpers/ch-run.ts";
import { installed, must } from "../helpers/program.ts";
import { directoryImage, images } from "../helpers/root-image.ts";
import { testIf } from "../helpers/test-if.ts";

type Variables = Readonly<Record<string, string>>;

const image = directoryImage();
const RUNNING = { CH_RUNNING: "Weird Al Yankovic" };
const PATH = "/usr/bin:/bin";

/** What `env` in the container prints when ch-run was started with exactly `host`. */
function environment(host: Variables, options: readonly string[], root = image): Variables {
  const given = Object.entries(host).map(([name, value]) => `${name}=${value}`);
  const command = [...options, root, "--", "/bin/env"];
  const outcome = runLimited("env", ["-i", ...given, installed("ch-run"), ...command], {});
  assert.is(outcome.status, 0, outcome.stderr);
  const lines = outcome.stdout.trimEnd().split("\n");
  return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2)));
}

for (const [kind, root] of images()) {
  test(`ch-run gives a command in a ${kind} its own HOME and CH_RUNNING and takes TMPDIR`, () => {
    const host = { PATH, HOME: "/home/me", USER: "me", TMPDIR: "/var/tmp", OTHER: "kept" };
    const storage = {
      CH_IMAGE_STORAGE: `${must("sh", "-c", 'dirname "$0"', root).trim()}/storage`,
    };
    const expected = { PATH, HOME: home(), USER: "me", OTHER: "kept", ...RUNNING, ...storage };
    assert.equal(environment({ ...host, ...storage }, [], root), expected);
  });
}

/** Without --home: that of the user in the container. */
function home(): string {
  return process.geteuid?.() === 0 ? "/root" : "/";
}

test("ch-run runs with an empty environment, and warns that PATH is not set", () => {
  assert.equal(environment({}, ["-q"]), { HOME: home(), ...RUNNING });
  const { stderr } = runLimited("env", ["-i", installed("ch-run"), image, "--", "/bin/true"], {});
  assert.match(stderr, /^ch-run\[\d+\]: warning: \$PATH is not set\n$/);
});

const PATHS: readonly (readonly [string, string])[] = [
  ["/usr/bin", "/usr/bin:/bin"],
  ["/usr/bin:/bin", "/usr/bin:/bin"],
  ["/bin:/usr/bin", "/bin:/usr/bin"],
  ["/usr/bin:/bin:/sbin", "/usr/bin:/bin:/sbin"],
  ["/bin", "/bin"],
  ["/opt/bin:/binary", "/opt/bin:/binary:/bin"],
  ["/bin/", "/bin/:/bin"],
];

for (const [before, after] of PATHS) {
  test(`ch-run makes PATH "${after}" of "${before}"`, () => {
    assert.is(environment({ PATH: before }, [])["PATH"], after);
  });
}

for (const [uid, expected] of [
  ["0", "/root"],
  ["1000", "/"],
] as const) {
  test(`ch-run --uid=${uid} sets HOME to ${expected}`, () => {
    assert.is(environment({ PATH }, [`--uid=${uid}`])["HOME"], expected);
  });
}

const HOST: Variables = { PATH, A: "a", AB: "ab", B: "", "odd name": "x", Q: "'" };

/** Options, and the variables that differ from HOST; undefined: not there. */
const CHANGES: readonly (readonly [readonly string[], Record<string, string | undefined>])[] = [
  [["--set-env=A=new"], { A: "new" }],
  [["--set-env=NEW="], { NEW: "" }],
  [["--set-env=NEW=a=b c"], { NEW: "a=b c" }],
  [["--set-env=NEW='quoted'"], { NEW: "'quoted'" }],
  [["--set-env=NEW=1", "--set-env=NEW=2"], { NEW: "2" }],
  [["--unset-env=A"], { A: undefined }],
  [["--unset-env=A*"], { A: undefined, AB: undefined }],
  [["--unset-env=?"], { A: undefined, B: undefined, Q: undefined }],
  [["--unset-env=[!A]"], { B: undefined, Q: undefined }],
  [["--unset-env=odd*"], { "odd name": undefined }],
  [["--unset-env=nothing*"], {}],
  [["--unset-env=A", "--set-env=A=again"], { A: "again" }],
  [["--set-env=A=again", "--unset-env=A"], { A: undefined }],
  [["--set-env=X=1", "--unset-env=*", "--set-env=Y=2"], onlyLeft({ Y: "2" })],
  [["--unset-env=HOME", "--unset-env=CH_*"], { HOME: undefined, CH_RUNNING: undefined }],
  [["--set-env=HOME=/mnt", "--set-env=TMPDIR=/mnt"], { HOME: "/mnt", TMPDIR: "/mnt" }],
  // $NAME, where it is the whole item between colons.
  [["--set-env=X=$A"], { X: "a" }],
  [["--set-env=X=/b:$A:/c"], { X: "/b:a:/c" }],
  [["--set-env=X=$A:$AB"], { X: "a:ab" }],
  [["--set-env=PATH=/opt/bin:$PATH"], { PATH: `/opt/bin:${PATH}` }],
  [["--set-env=X=$NONE:/c:$B"], { X: "/c" }],
  [["--set-env=X=$NONE"], { X: "" }],
  [["--set-env=X=a$A:$A/b:c"], { X: "a$A:c" }],
  [["--set-env=X=$"], { X: "$" }],
  [["--set-env=X=a::b:"], { X: "a::b:" }],
  [["--set-env=A=1", "--set-env=X=$A"], { A: "1", X: "1" }],
  [["--unset-env=A", "--set-env=X=$A:y"], { A: undefined, X: "y" }],
];

/** The same with extended globs, which the C library of musl has not. */
const EXTENDED: typeof CHANGES = [
  [["--unset-env=@(A|B)"], { A: undefined, B: undefined }],
  [["--unset-env=A?(B)"], { A: undefined, AB: undefined }],
  [["--unset-env=+(A|B)"], { A: undefined, AB: undefined, B: undefined }],
  [["--unset-env=*(A|B|Q)"], { A: undefined, AB: undefined, B: undefined, Q: undefined }],
  [["--unset-env=!(A|PATH)"], onlyLeft({ A: "a", PATH })],
  [["--unset-env=!(A)", "--set-env=X=1"], onlyLeft({ A: "a", X: "1" })],
  [["--unset-env=@(odd *|Q)"], { "odd name": undefined, Q: undefined }],
];

/** All variables of the host gone but these. */
function onlyLeft(left: Variables): Record<string, string | undefined> {
  const names = [...Object.keys(HOST), "HOME", "CH_RUNNING"];
  return { ...Object.fromEntries(names.map((name) => [name, undefined])), ...left };
}

function assertChanged([options, changes]: (typeof CHANGES)[number]): void {
  const all = { ...HOST, HOME: home(), ...RUNNING, ...changes };
  const expected = Object.entries(all).filter(([, value]) => value !== undefined);
  assert.equal(environment(HOST, options), Object.fromEntries(expected));
}

const testExtended = testIf(
  chRun(["--feature=extglob"]).status === 0,
  "no extended globs in this C library",
);

for (const row of CHANGES) test(`ch-run ${row[0].join(" ")}`, () => assertChanged(row));
for (const row of EXTENDED) testExtended(`ch-run ${row[0].join(" ")}`, () => assertChanged(row));

test.run();
