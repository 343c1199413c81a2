// What stands on a home router's side of the veth pair, each started when the test wants it.

import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer as createHttp } from "node:http";
import { connect, createServer } from "node:net";

/** The simulated router, which listens on loopback only, at the router's address as `www` would be. */
export async function routerUp(address: string, port: number): Promise<void> {
  const server = createServer((client) => {
    const router = connect(port, "127.0.0.1");
    client.on("error", () => router.destroy()).pipe(router);
    router.on("error", () => client.destroy()).pipe(client);
  });
  await once(server.listen(80, address), "listening");
}

/** Answers every question for an IPv4 address with the router's own (RFC 1035 section 4). */
export async function dnsUp(address: string): Promise<void> {
  const server = createSocket("udp4");
  server.on("message", (question, from) => {
    const end = question.indexOf(0, 12) + 5;
    const answer = Buffer.from(question.subarray(0, end));
    answer.writeUInt16BE(0x8180, 2);
    answer.fill(0, 6, 12);
    const wantsV4 = question.readUInt16BE(end - 4) === 1;
    answer.writeUInt16BE(wantsV4 ? 1 : 0, 6);
    const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address.split(".").map(Number)]);
    server.send(wantsV4 ? Buffer.concat([answer, record]) : answer, from.port, from.address);
  });
  await once(server.bind(53, address), "listening");
}

/** A model that says one sentence, as OpenAI chat completions. */
export async function modelUp(address: string, port: number): Promise<void> {
  const server = createHttp((request, response) => {
    request.resume().on("end", () => {
      const message = { role: "assistant", content: "All is well on this network." };
      response.setHeader("content-type", "application/json");
      response.end(
        JSON.stringify({
          id: "x",
          object: "chat.completion",
          model: "m",
          choices: [{ index: 0, message, finish_reason: "stop" }],
        }),
      );
    });
  });
  await once(server.listen(port, address), "listening");
}
