/** ch-run on a real terminal: keys, job control and a closed window act as on the command alone. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Act, inShell, onTerminal } from "../helpers/on-terminal.ts";
import { untilNobody } from "../helpers/processes.ts";
import { installed } from "../helpers/program.ts";
import { directoryImage, images } from "../helpers/root-image.ts";

// Of one process: a shell that is about to start another loses keys.
const READY = "echo re''ady; exec sleep 60";

/** ch-run with an image; and as one of several that share the container. */
const STARTS: readonly (readonly [string, string, readonly string[]])[] = [
  ...images().map(([kind, image]) => [kind, image, []] as const),
  ["directory with --join", directoryImage(), ["--join"]],
];

for (const [kind, image, options] of STARTS) {
  const start = [installed("ch-run"), ...options, image, "--"];
  const typed = start.map((word) => `'${word}'`).join(" ");
  // After the file, cat waits for the terminal.
  const command = [...start, "cat", "/etc/os-release", "-"];
  const line = `${typed} sh -c`;

  test(`SIGTERM during a command in a ${kind} ends it, and a shell sees status 143`, async () => {
    const shown = inShell(`${line} "kill -TERM \\$\\$"`, [["$ ", "echo status $?\\n"]]);
    assert.match(shown, "\nstatus 143\n");
    await untilNobody(image);
  });

  for (const [key, signal, number] of [
    ["^C", "SIGINT", 130],
    ["^\\", "SIGQUIT", 131],
    ["hangup", "SIGHUP", 129],
  ] as const) {
    test(`${key} ends a command in a ${kind} by ${signal}`, async () => {
      const quiet = ["sh", "-c", 'ulimit -c 0; exec "$@"', "sh"];
      const { status, stdout } = onTerminal([["VARIANT_ID", key]], [...quiet, ...command]);
      assert.is(status, number, stdout);
      await untilNobody(image);
    });
  }

  test(`^C during a command in a ${kind} gives a shell status 130`, async () => {
    const shown = inShell(`${line} "${READY}"`, [
      ["ready\r\n", "^C"],
      ["$ ", "echo status $?\\n"],
    ]);
    assert.match(shown, "\nstatus 130\n");
    await untilNobody(image);
  });

  test(`^Z stops a command in a ${kind}, and fg continues it`, async () => {
    const shown = inShell(`${typed} cat /etc/os-release -`, [
      ["VARIANT_ID=charliecloud\r\n", "^Z"],
      ["$ ", "echo status $?\\n"],
      ["$ ", "fg\\n"],
      ["cat", "typed\\n"],
      ["typed\r\ntyped\r\n", "^D"],
      ["$ ", "echo then $?\\n"],
    ]);
    assert.match(shown, /Stopped/);
    assert.match(shown, "\nstatus 148\n");
    assert.match(shown, "\nthen 0\n");
    await untilNobody(image);
  });

  test(`a background command in a ${kind} ends with its shell's terminal`, async () => {
    const acts: readonly Act[] = [
      ["$ ", `${line} "${READY}" &\\n`],
      ["$ ", ""],
      ["ready\r\n", "hangup"],
    ];
    onTerminal(acts, ["env", "PS1=$ ", "ENV=", "TERM=dumb", "bash", "--norc", "--noprofile", "-i"]);
    await untilNobody(image);
  });

  test(`a command in a ${kind} hears that the terminal has another size`, () => {
    const script = "trap 'echo changed; exit 3' WINCH; echo ready; while :; do sleep 0.01; done";
    const { status, stdout } = onTerminal([["ready", "resize"]], [...start, "sh", "-c", script]);
    assert.is(status, 3, stdout);
    assert.match(stdout, "changed\r\n");
  });

  test(`a command in a ${kind} has the terminal`, () => {
    const { status, stdout } = onTerminal([], [...start, "tty"]);
    assert.is(status, 0);
    assert.match(stdout, /^\/dev\/pts\/\d+\r\n$/);
  });
}

test.run();
