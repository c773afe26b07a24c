import { test } from "uvu";
import * as assert from "uvu/assert";
import { fillTemplate } from "../../../lib/base/template.ts";

const IMAGE = {
  name: "a:latest",
  size: 12,
  config: { Env: ["A=1", "B=2"], Labels: { "org.example": "x" }, User: null },
  layers: [{ digest: "one" }, { digest: "two" }],
};

const CASES: readonly (readonly [template: string, expected: string])[] = [
  ["plain", "plain"],
  ["{{.Name}} is {{ .size }}", "a:latest is 12"],
  ["{{.Config.Env}}", "[A=1 B=2]"],
  ["{{.config.labels}}", "map[org.example:x]"],
  ["{{.Config.User}}", ""],
  ["{{json .Config.Env}}", '["A=1","B=2"]'],
  ['{{join .Config.Env ", "}}', "A=1, B=2"],
  ['{{index .Config.Labels "org.example"}}', "x"],
  ["{{len .Layers}}\\n", "2\n"],
  ["{{range .Layers}}{{println .Digest}}{{end}}!", "one\ntwo\n!"],
  ["{{range .Config.Env}}<{{.}}>{{end}}", "<A=1><B=2>"],
];

for (const [template, expected] of CASES) {
  test(`fillTemplate() makes ${JSON.stringify(expected)} of ${template}`, () => {
    assert.is(fillTemplate(template, IMAGE), expected);
  });
}

const FAULTS: readonly (readonly [template: string, fault: string])[] = [
  ["{{.None}}", 'there is no field ".None"'],
  ["{{.Name.x}}", 'there is no field ".Name.x"'],
  ["{{if .Name}}", "{{if .Name}} is not known here"],
  ["{{range .Layers}}", "{{range}} has no {{end}}"],
  ["{{.Name", "a {{ has no }}"],
  ["{{.Name}} {{", "a {{ has no }}"],
  ["{{end}}", "there is an {{end}} too many"],
  ["{{json Name}}", '"Name" is no field'],
];

for (const [template, fault] of FAULTS) {
  test(`fillTemplate() refuses ${template}`, () => {
    assert.throws(
      () => fillTemplate(template, IMAGE),
      (error: Error) => error.message === `cannot use the template: ${fault}`,
    );
  });
}

test.run();
