import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Log, QUIET } from "../../../../lib/base/log.ts";
import { findCredentials } from "../../../../lib/oci/registry/find-credentials.ts";
import { withFolder } from "../../../helpers/folder.ts";
import { rejection } from "../../../helpers/rejection.ts";
import { withVariable } from "../../../helpers/variable.ts";

const task = { log: new Log("test", QUIET), signal: new AbortController().signal };

function password(username: string, secret: string) {
  return { kind: "password", username, password: secret };
}

function auth(username: string, secret: string) {
  return { auth: Buffer.from(`${username}:${secret}`).toString("base64") };
}

/** Ask with this content of ~/.docker/config.json. */
function ask(folder: string, config: unknown, registry = "reg.example", repository = "a/b") {
  mkdirSync(join(folder, ".docker"), { recursive: true });
  writeFileSync(join(folder, ".docker/config.json"), JSON.stringify(config));
  return findCredentials(registry, repository, { env: { HOME: folder }, task });
}

test("findCredentials() takes those of the environment before all others", () =>
  withFolder(async (folder) => {
    const env = { HOME: folder, CH_IMAGE_USERNAME: "u", CH_IMAGE_PASSWORD: "p:q" };
    assert.equal(await findCredentials("x", "y", { env, task }), password("u", "p:q"));
    const half = { HOME: folder, CH_IMAGE_USERNAME: "u" };
    const error = await rejection(findCredentials("x", "y", { env: half, task }));
    assert.match(String(error), /one is not set/);
  }));

const AUTHS: readonly (readonly [key: string, registry: string, isFound: boolean])[] = [
  ["reg.example", "reg.example", true],
  ["https://reg.example/v1/", "reg.example", true],
  ["reg.example/a", "reg.example", true],
  ["reg.example/a/b", "reg.example", true],
  ["reg.example/b", "reg.example", false],
  ["other.example", "reg.example", false],
  ["https://index.docker.io/v1/", "docker.io", true],
  ["docker.io", "docker.io", true],
];

for (const [key, registry, isFound] of AUTHS) {
  test(`findCredentials() of ${registry}/a/b ${isFound ? "are" : "are not"} those of ${key}`, () =>
    withFolder(async (folder) => {
      const found = await ask(folder, { auths: { [key]: auth("u", "p:q") } }, registry);
      assert.equal(found, isFound ? password("u", "p:q") : undefined);
    }));
}

test("findCredentials() prefers the entry of a longer path", () =>
  withFolder(async (folder) => {
    const auths = { "reg.example": auth("u", "1"), "reg.example/a": auth("u", "2") };
    assert.equal(await ask(folder, { auths }), password("u", "2"));
  }));

test("findCredentials() reads identity tokens", () =>
  withFolder(async (folder) => {
    const auths = { "reg.example": { ...auth("u", ""), identitytoken: "t" } };
    assert.equal(await ask(folder, { auths }), { kind: "identity", token: "t" });
  }));

test("findCredentials() asks auth.json of Podman before Docker's file", () =>
  withFolder(async (folder) => {
    mkdirSync(join(folder, ".config/containers"), { recursive: true });
    const auths = { "reg.example": auth("u", "podman") };
    writeFileSync(join(folder, ".config/containers/auth.json"), JSON.stringify({ auths }));
    const docker = { auths: { "reg.example": auth("u", "docker") } };
    assert.equal(await ask(folder, docker), password("u", "podman"));
  }));

test("findCredentials() names the file that it cannot read", () =>
  withFolder(async (folder) => {
    const error = await rejection(ask(folder, { auths: { "reg.example": { auth: "eA==" } } }));
    assert.match(String(error), /entry "reg.example" of ".*config.json": "auth" has no user name/);
  }));

/** Put a helper into $PATH that answers with this. */
async function withHelper(script: string, test: (folder: string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const path = join(folder, "docker-credential-test");
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
    await withVariable("PATH", `${folder}:${process.env["PATH"]}`, () => test(folder));
  });
}

test("findCredentials() asks the helper of a registry, with its name on standard input", () =>
  withHelper(`printf '{"Username":"%s","Secret":"%s"}' "$1" "$(cat)"`, async (folder) => {
    const config = { credHelpers: { "reg.example": "test" } };
    assert.equal(await ask(folder, config), password("get", "reg.example"));
    assert.is(await ask(folder, config, "other.example"), undefined);
  }));

test("findCredentials() asks the helper of all registries, and knows its tokens", () =>
  withHelper(`echo '{"Username":"<token>","Secret":"t"}'`, async (folder) => {
    assert.equal(await ask(folder, { credsStore: "test" }), { kind: "identity", token: "t" });
  }));

test("findCredentials() takes a helper that knows nothing for an answer", () =>
  withHelper("echo 'credentials not found in native keychain'; exit 1", async (folder) => {
    assert.is(await ask(folder, { credsStore: "test" }), undefined);
  }));

test("findCredentials() tells what a helper complains of", () =>
  withHelper("echo 'the keychain is locked'; exit 1", async (folder) => {
    const error = await rejection(ask(folder, { credsStore: "test" }));
    assert.match(String(error), /docker-credential-test: the keychain is locked/);
  }));

test.run();
