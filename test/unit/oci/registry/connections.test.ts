/** TLS and proxies, with a real registry behind them. */

import { createServer, request as httpRequest } from "node:http";
import { connect } from "node:net";
import * as assert from "uvu/assert";
import { PATIENT } from "../../../../lib/oci/registry/patience.ts";
import { makeCertificate } from "../../../helpers/certificate.ts";
import { listen } from "../../../helpers/http-server.ts";
import { type Settings, withImage } from "../../../helpers/open-registry.ts";
import { HAS_REGISTRY, NO_REGISTRY, startRegistry } from "../../../helpers/registry.ts";
import { Repository } from "../../../helpers/registry-content.ts";
import { rejection } from "../../../helpers/rejection.ts";
import { runConditional, testIf } from "../../../helpers/test-if.ts";

const registryTest = testIf(HAS_REGISTRY, NO_REGISTRY);
const NAMES = "IP:127.0.0.1,DNS:registry.example";

async function prepare() {
  const certificate = makeCertificate(NAMES);
  const [plain, secure] = await Promise.all([startRegistry(), startRegistry({ certificate })]);
  await new Repository(plain, "test/tls").putImage([], { tag: "latest" });
  return { caFile: certificate.authorityFile, plain, secure };
}

const { caFile, plain, secure } = HAS_REGISTRY
  ? await prepare()
  : { caFile: "", plain: "", secure: "" };

function read(registry: string, settings: Settings): Promise<unknown> {
  return withImage(`${registry}/test/tls`, settings, (image) => image.config());
}

registryTest(
  "a certificate that nobody known has signed is refused, with the way out",
  async () => {
    const error = await rejection(read(secure, {}));
    assert.match(String(error), /cannot connect to "127.0.0.1:\d+": .*certificate/);
    assert.match(String(Reflect.get(Object(error), "hint")), /--tls-ca=FILE/);
  },
);

registryTest("an authority of one's own is trusted, from a file or the environment", async () => {
  await read(secure, { caFile });
  await read(secure, { env: { SSL_CERT_FILE: caFile } });
  await read(secure, { env: { REQUESTS_CA_BUNDLE: caFile } });
  const missing = await rejection(read(secure, { caFile: "/nonexistent/file" }));
  assert.match(String(missing), /cannot read certificates from "\/nonexistent\/file"/);
  const other = await rejection(read(secure, { caFile: "/etc/passwd" }));
  assert.match(String(other), 'cannot read certificates from "/etc/passwd": there is none');
});

registryTest("where nobody is, or TLS only is understood, that is said", async () => {
  const gone = createServer();
  const address = await listen(gone);
  gone.close();
  const nobody = await rejection(read(address, { patience: { ...PATIENT, tries: 1 } }));
  assert.match(String(nobody), `cannot connect to "${address}": Connection refused`);
  const plainly = await rejection(read(secure, { plainHttp: true }));
  assert.match(String(plainly), /status 400: Client sent an HTTP request to an HTTPS server/);
});

registryTest("certificates need not be checked", async () => {
  await read(secure, { verifyTls: false });
});

registryTest(
  "a registry of this host may speak plainly, and does where it is told to",
  async () => {
    await read(plain, {});
    await read(plain, { plainHttp: true });
    await read(`http://${plain}`, {});
  },
);

/** A proxy that knows where registry.example is; returns `HOST:PORT` and what it was asked for. */
async function startProxy(target: string): Promise<{ address: string; asked: string[] }> {
  const asked: string[] = [];
  const [host = "", port = ""] = target.split(":");
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers["proxy-authorization"]}`);
    const url = new URL(request.url ?? "");
    const { method, headers } = request;
    const onward = httpRequest({ host, port, path: url.pathname, method, headers });
    onward.once("response", (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(response);
    });
    onward.end();
  });
  server.on("connect", (request, socket) => {
    asked.push(`${request.method} ${request.url} ${request.headers["proxy-authorization"]}`);
    const onward = connect(Number(port), host, () => socket.write("HTTP/1.1 200 OK\r\n\r\n"));
    socket.pipe(onward).pipe(socket);
    for (const end of [socket, onward]) end.on("error", () => undefined);
  });
  return { address: await listen(server), asked };
}

const BASIC = `Basic ${Buffer.from("me:secret").toString("base64")}`;

registryTest("plain requests go through the proxy of the environment", async () => {
  const { address, asked } = await startProxy(plain);
  await read("http://registry.example", { env: { http_proxy: `http://me:secret@${address}` } });
  assert.is(asked[0], `GET http://registry.example/v2/test/tls/manifests/latest ${BASIC}`);
});

registryTest("TLS goes through a tunnel of the proxy, and is checked", async () => {
  const { address, asked } = await startProxy(secure);
  const env = { https_proxy: `http://me:secret@${address}` };
  await read("registry.example", { env, caFile });
  assert.is(asked[0], `CONNECT registry.example:443 ${BASIC}`);
  assert.match(String(await rejection(read("other.example", { env, caFile }))), /other\.example/);
});

registryTest("a proxy that refuses the tunnel is named", async () => {
  const server = createServer();
  server.on("connect", (_, socket) => socket.end("HTTP/1.1 403 Forbidden\r\n\r\n"));
  const address = await listen(server);
  const error = await rejection(read("registry.example", { env: { https_proxy: address } }));
  assert.match(String(error), new RegExp(`proxy "${address}" answers with status 403`));
});

registryTest("a proxy that is not there is named", async () => {
  const gone = createServer();
  const address = await listen(gone);
  gone.close();
  const settings = { env: { https_proxy: address }, patience: { ...PATIENT, tries: 1 } };
  const error = await rejection(read("registry.example", settings));
  const words = `cannot connect to "registry.example": proxy "${address}": Connection refused`;
  assert.match(String(error), words);
});

registryTest("a proxy that never answers is not waited for without end", async () => {
  const address = await listen(createServer().on("connect", () => undefined));
  const patience = { ...PATIENT, silentTries: 1, answerMs: 300 };
  const error = await rejection(
    read("registry.example", { env: { https_proxy: address }, patience }),
  );
  assert.match(String(error), `proxy "${address}": no answer for 0.3 s`);
});

registryTest("no proxy is asked for hosts that $no_proxy names", async () => {
  const { address, asked } = await startProxy(plain);
  const env = { http_proxy: address, no_proxy: ".invalid" };
  await rejection(read("http://registry.invalid", { env }));
  assert.equal(asked, []);
});

runConditional();
