// What the installer looks for behind the container: an agent that says it is well.

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** Health without a fault, on loopback. */
export async function withoutFault(): Promise<{ url: string; close(): void }> {
  const server = createServer((_request, response) => {
    const components = { llm: true, gateway: true, routeros: true, memu: false };
    response.setHeader("connection", "close");
    response.end(JSON.stringify({ status: "ok", components }));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => void server.close() };
}
