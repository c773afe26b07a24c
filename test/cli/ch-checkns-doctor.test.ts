/** ch-checkns --doctor: what is in the report, and what is not. */
import { mkdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runLimited } from "../helpers/ch-run.ts";
import { withFolder } from "../helpers/folder.ts";
import { installed } from "../helpers/program.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";

const DOCTOR = installed("ch-checkns");

/** Lines that every host has. */
const LINES: readonly RegExp[] = [
  /^Charliecloud: \d+\.\d+/m,
  /^build: own SquashFS engine for:.*; seccomp: (yes|no);/m,
  /^kernel: Linux \d+\.\d+/m,
  /^distribution: \w/m,
  /^user\.max_user_namespaces: \d+$/m,
  /^kernel\.unprivileged_userns_clone: (not there|\d)$/m,
  /^uid map: +\d/m,
  /^limit of open files: \d+$/m,
  /^\/dev\/fuse: (mode \d{4}, uid \d+, gid \d+|No such file or directory)$/m,
  /^file system of \/: \w+.*, \d+\.\d GiB free$/m,
  /^configuration: .*charliecloud\.conf: /m,
  /^user namespace \.\.\. /m,
  /^directory images can run: /m,
];

test("ch-checkns --doctor tells of package, kernel, process, file systems, and the checks", () => {
  const { stdout, stderr } = runLimited(DOCTOR, ["--doctor"], {});
  assert.is(stderr, "");
  for (const line of LINES) assert.match(stdout, line);
});

test("ch-checkns --doctor ends with what ch-checkns prints, and with its status", () => {
  const report = runLimited(DOCTOR, ["-d"], {});
  const plain = runLimited(DOCTOR, [], {});
  assert.ok(report.stdout.endsWith(`\n\n${plain.stdout}`));
  assert.is(report.status, plain.status);
});

test("ch-checkns --doctor leaves out names of user, home and host, and values of variables", () =>
  withFolder((folder) => {
    const home = join(folder, "zora");
    mkdirSync(join(home, ".config/charliecloud"), { recursive: true });
    writeFileSync(join(home, ".config/charliecloud/charliecloud.conf"), "brand-new = secret\n");
    const env = {
      HOME: home,
      USER: "zora",
      SLURM_JOB_ID: "4242424242",
      PMI_SECRET: "hidden-word",
      CH_IMAGE_STORAGE: "/no/such/zora/place",
      OTHER_VARIABLE: "x",
    };
    const { stdout } = runLimited(DOCTOR, ["--doctor"], { env });
    const line = /^environment variables that are set: (.*)$/m.exec(stdout)?.[1]?.split(" ") ?? [];
    for (const name of ["SLURM_JOB_ID", "PMI_SECRET"]) assert.ok(line.includes(name), name);
    assert.not(line.includes("OTHER_VARIABLE"));
    for (const word of ["zora", folder, "4242424242", "hidden-word"]) {
      assert.not(stdout.includes(word), word);
    }
    assert.match(stdout, /^configuration: error: HOME\/.*charliecloud\.conf:1: unknown key/m);
    const host = hostname().split(".")[0] ?? "";
    assert.not.match(stdout, new RegExp(`\\b${host.replace(/\W/g, "\\$&")}\\b`));
  }));

test("ch-checkns --doctor and --quiet exclude each other, and --help needs neither", () => {
  const reason = 'options "--quiet" and "--doctor" exclude each other';
  assertRefused(runLimited(DOCTOR, ["-qd"], {}), 64, reason);
  assert.match(assertDone(runLimited(DOCTOR, ["--help"], {})), "--doctor");
});

test.run();
