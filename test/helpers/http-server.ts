/** A small HTTP server in the test's own process, on a port that the kernel chooses. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

/** Start it; returns `HOST:PORT`. It does not keep the process alive. */
export async function serveHttp(handler: Handler): Promise<string> {
  return listen(createServer((request, response) => void handler(request, response)));
}

export async function listen(server: Server): Promise<string> {
  server.on("connection", (socket) => socket.unref());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.unref();
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
