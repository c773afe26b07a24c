/** Mirrors that accept connections and never answer. */
import { createServer } from "node:http";
import type { Socket } from "node:net";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Log, QUIET } from "../../../../lib/base/log.ts";
import { parseReference } from "../../../../lib/oci/reference.ts";
import { Connections } from "../../../../lib/oci/registry/connections.ts";
import { HASTY, PATIENT } from "../../../../lib/oci/registry/patience.ts";
import { withSources } from "../../../../lib/oci/registry/sources.ts";
import { listen, serveHttp } from "../../../helpers/http-server.ts";
import { EMPTY_HOME } from "../../../helpers/open-registry.ts";

const ENV = { HOME: EMPTY_HOME };
const { signal } = new AbortController();

/** A server that only listens; `asked` has a line for each request. */
async function silentServer(): Promise<{ address: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer(({ url = "" }) => void asked.push(url));
  return { address: await listen(server), asked };
}

test("a mirror that does not answer is asked once, and then no more", async () => {
  const mirror = await silentServer();
  const registry = await serveHttp((request, response) => response.end(request.url));
  const settings = { plainHttp: true, verifyTls: true, caFile: undefined, authFirst: false };
  const place = {
    reference: parseReference(`${registry}/some/image`),
    registry: { ...settings, env: ENV, patience: { ...PATIENT, answerMs: 1000 } },
    mirrors: [{ registry: mirror.address, repository: "some/image", plainHttp: true }],
  };
  const read = { path: "some/image", scope: "", limit: 100 };
  await withSources(place, { log: new Log("test", QUIET), signal }, async (sources) => {
    for (let count = 0; count < 3; count++) {
      const { body } = await sources.ask(({ client }) => client.fetch(read));
      assert.is(body.toString(), "/v2/some/image");
    }
  });
  assert.equal(mirror.asked, ["/v2/some/image"]);
});

test("an answer that has begun may take its time", async () => {
  const address = await serveHttp((_, response) => response.end("body"));
  const connections = new Connections({
    ...{ verifyTls: true, caFile: undefined, env: ENV },
    patience: HASTY,
  });
  const url = new URL(`http://${address}/`);
  const answer = await connections.send({ method: "GET", url, headers: {}, signal });
  const socket: Socket = answer.socket;
  assert.is(socket.timeout, PATIENT.answerMs);
  answer.resume();
  connections.close();
});

test.run();
