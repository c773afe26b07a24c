/** Logging in to a real registry: by password, and by tokens of a server. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as assert from "uvu/assert";
import { makeCertificate } from "../../../helpers/certificate.ts";
import { startFaultProxy } from "../../../helpers/fault-proxy.ts";
import { withFolder } from "../../../helpers/folder.ts";
import { serveHttp } from "../../../helpers/http-server.ts";
import { EMPTY_HOME, type Settings, withImage } from "../../../helpers/open-registry.ts";
import { HAS_REGISTRY, NO_REGISTRY, startRegistry } from "../../../helpers/registry.ts";
import { Repository } from "../../../helpers/registry-content.ts";
import { rejection } from "../../../helpers/rejection.ts";
import { runConditional, testIf } from "../../../helpers/test-if.ts";
import { startTokenServer } from "../../../helpers/token-server.ts";

const registryTest = testIf(HAS_REGISTRY, NO_REGISTRY);
const LOGIN = { HOME: EMPTY_HOME, CH_IMAGE_USERNAME: "test", CH_IMAGE_PASSWORD: "testpw" };
const WRONG = { ...LOGIN, CH_IMAGE_PASSWORD: "wrong" };

async function prepare() {
  const certificate = makeCertificate("DNS:localhost");
  const [tokens, open] = await Promise.all([startTokenServer(certificate), startRegistry()]);
  await new Repository(open, "test/auth").putImage([], { tag: "latest" });
  const login = { realm: tokens.realm, certificate };
  const [byToken, byPassword] = await Promise.all([
    startRegistry({ login }),
    startRegistry({ login: "password" }),
  ]);
  return { tokens, byToken, byPassword };
}

const { tokens, byToken, byPassword } = HAS_REGISTRY
  ? await prepare()
  : { tokens: await startTokenServer({} as never), byToken: "", byPassword: "" };

/** Read an image's configuration; returns who has asked for tokens. */
async function read(registry: string, settings: Settings): Promise<readonly string[]> {
  tokens.askers.length = 0;
  await withImage(`${registry}/test/auth`, settings, (image) => image.config());
  return [...tokens.askers];
}

registryTest("a registry that wants a password gets it", async () => {
  await read(byPassword, { env: LOGIN });
});

registryTest(
  "a registry that wants a password and gets none or a wrong one is an error",
  async () => {
    assert.match(String(await rejection(read(byPassword, {}))), /registry ".*" wants a login/);
    const wrong = await rejection(read(byPassword, { env: WRONG }));
    assert.match(String(wrong), /does not let us in with the login it was given/);
  },
);

registryTest("a token is had as nobody first, also where a login is known", async () => {
  assert.equal(await read(byToken, { env: LOGIN }), ["nobody"]);
  assert.equal(await read(byToken, {}), ["nobody"]);
});

registryTest("a token is had as the user where nobody may pull, or if told so", async () => {
  assert.equal(await read(byToken, { env: LOGIN, authFirst: true }), ["test"]);
  tokens.rules.anonymous = false;
  try {
    assert.equal(await read(byToken, { env: LOGIN }), ["nobody", "test"]);
    assert.match(String(await rejection(read(byToken, {}))), /wants a login/);
    assert.match(String(await rejection(read(byToken, { env: WRONG }))), /does not let us in/);
  } finally {
    tokens.rules.anonymous = true;
  }
});

registryTest("a token may be called access_token", async () => {
  tokens.rules.field = "access_token";
  await read(byToken, {}).finally(() => {
    tokens.rules.field = "token";
  });
});

registryTest("an identity token is exchanged", () =>
  withFolder(async (folder) => {
    mkdirSync(join(folder, ".docker"));
    const auths = { [byToken]: { identitytoken: "identity-token" } };
    writeFileSync(join(folder, ".docker/config.json"), JSON.stringify({ auths }));
    assert.equal(await read(byToken, { env: { HOME: folder }, authFirst: true }), ["identity"]);
  }),
);

registryTest("a token that ends while it is needed is had anew", async () => {
  // The registry grants a minute of leeway, so that this token was over before it was made.
  tokens.askers.length = 0;
  await withImage(`${byToken}/test/auth`, {}, async (image) => {
    tokens.rules.lifetime = -59;
    await image.manifest();
    await sleep(2000);
    tokens.rules.lifetime = 300;
    await image.config();
  }).finally(() => {
    tokens.rules.lifetime = 300;
  });
  assert.equal(tokens.askers, ["nobody", "nobody"]);
});

registryTest("the login is not sent to where the registry redirects to", async () => {
  let seen: string | undefined = "nothing came";
  const other = await serveHttp((request, response) => {
    seen = request.headers.authorization;
    response.writeHead(404).end();
  });
  const proxy = await startFaultProxy(byPassword);
  // First it wants the password; with that, it sends us away.
  proxy.break(/manifests/, { kind: "pass" }, { kind: "redirect", to: `http://${other}` });
  await rejection(read(proxy.address, { env: LOGIN }));
  assert.is(seen, undefined);
});

registryTest("the login is not sent in the clear where the registry speaks TLS", async () => {
  const certificate = makeCertificate("IP:127.0.0.1");
  const login = { realm: "http://tokens.invalid/token", certificate };
  const secure = await startRegistry({ certificate, login });
  const settings = { env: LOGIN, authFirst: true, caFile: certificate.authorityFile };
  const refused = await rejection(read(secure, settings));
  assert.match(
    String(refused),
    /cannot log in at token server "tokens.invalid": it does not speak/,
  );
  const loopback = await startRegistry({ certificate, login: { ...login, realm: tokens.realm } });
  assert.match(String(await rejection(read(loopback, settings))), /does not let us in/);
});

runConditional();
