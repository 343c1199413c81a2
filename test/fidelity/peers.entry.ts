// HTTP over the simulator, whole: a client keeps talking to a model service (streaming and
// not, over TLS) and to a Telegram server with people in it, under seeded faults. For
// comparing engines.

import { fault, isFault, type Outcome, type Wait } from "../../src/base/fault.ts";
import { sha256Hex } from "../../src/base/hash.ts";
import { parseJson } from "../../src/base/json.ts";
import { rootScope, type Scope, withScope } from "../../src/base/scope.ts";
import { decodeUtf8, makeUtf8Decoder } from "../../src/base/utf8.ts";
import type { World } from "../../src/host/sim/sim.ts";
import { makeHttp } from "../../src/net/http-client.ts";
import { makeSse } from "../../src/net/sse.ts";
import { OP } from "../../src/port/abi.ts";
import type { Http } from "../../src/port/http.ts";
import { type ModelServer, modelServer } from "../sim/support/model-server.ts";
import { live, makePerson } from "../sim/support/people.ts";
import { type TelegramServer, telegramServer } from "../sim/support/telegram-server.ts";
import { machineOn, world } from "../sim/support/worlds.ts";
import { offer } from "./stepper.ts";

const HEADERS = [["content-type", "application/json"]] as const;
const TOKEN = "1:fidelity";

interface Update {
  update_id: number;
  message?: { chat: { id: number }; text: string };
  callback_query?: { id: string; data: string };
}

function request(url: string, body: object, repeatable: boolean): Parameters<Http["send"]>[1] {
  return { method: "POST", url, headers: HEADERS, body: JSON.stringify(body), maxBytes: 1_048_576, repeatable };
}

async function call(s: Scope, http: Http, server: TelegramServer, method: string, params: object): Wait<unknown> {
  const r = await withScope(s, 70_000, (inner) =>
    http.send(inner, request(`${server.baseUrl}/bot${TOKEN}/${method}`, params, method === "getUpdates")),
  );
  if (isFault(r)) return r;
  const body = parseJson(decodeUtf8(r.body));
  if (isFault(body)) return body;
  return r.status === 200 ? (body as { result: unknown }).result : fault("failed", decodeUtf8(r.body));
}

/** Asks the model, as a stream for every other message. */
async function think(s: Scope, http: Http, model: ModelServer, text: string, stream: boolean): Wait<string> {
  const body = { model: "m", messages: [{ role: "user", content: text }], stream };
  const url = `${model.baseUrl}/chat/completions`;
  if (!stream) {
    const r = await http.send(s, request(url, body, false));
    return isFault(r) ? r : `${r.status} ${sha256Hex(r.body).slice(0, 8)}`;
  }
  let said = "";
  const decoder = makeUtf8Decoder();
  const sse = makeSse((e): Outcome<void> => {
    said += e.data.length > 9 ? `${e.data.length}.` : e.data;
  });
  const r = await http.stream(s, request(url, body, false), (b) => {
    decoder.push(b);
    return sse.push(b);
  });
  return isFault(r) ? r : said;
}

const word = (r: Outcome<unknown>): string => (isFault(r) ? `${r.fault}/${r.code ?? ""}/${r.maybeDone}` : "ok");

/** A bot in twenty lines: polls, asks the model, answers, confirms. */
async function bot(
  s: Scope,
  http: Http,
  server: TelegramServer,
  model: ModelServer,
  untilMs: () => boolean,
): Promise<string[]> {
  const told: string[] = [];
  let offset = 0;
  for (let n = 0; !untilMs(); n += 1) {
    const updates = await call(s, http, server, "getUpdates", { offset, timeout: 20 });
    if (isFault(updates)) {
      told.push(word(updates));
      continue;
    }
    for (const u of updates as Update[]) {
      offset = u.update_id + 1;
      const text = u.message?.text ?? u.callback_query?.data ?? "";
      const thought = await withScope(s, 30_000, (inner) => think(inner, http, model, text, n % 2 === 0));
      const chat = u.message?.chat.id ?? 1;
      const keyboard = { inline_keyboard: [[{ text: "Keep", callback_data: `keep:${n}` }]] };
      const said = isFault(thought) ? thought.what : thought;
      told.push(
        said,
        word(await call(s, http, server, "sendMessage", { chat_id: chat, text: `${said} `, reply_markup: keyboard })),
      );
      if (u.callback_query !== undefined) {
        told.push(word(await call(s, http, server, "answerCallbackQuery", { callback_query_id: u.callback_query.id })));
      }
    }
  }
  return told;
}

async function main(w: World): Promise<string> {
  const chance = w.chance("troubles");
  const model = modelServer(w, { name: "llm", address: "10.0.0.3", port: 443, tls: true }, (ask) => {
    if (chance.chance(10)) return { status: 500, error: "overloaded" };
    return { text: `you said ${ask.lastUser} 🎈`.repeat(3), delayMs: chance.below(900), paceMs: chance.below(40) };
  });
  const server = telegramServer(w, {
    name: "telegram",
    address: "10.0.0.4",
    port: 80,
    token: TOKEN,
    trouble: () =>
      chance.chance(8)
        ? chance.pick([{ kind: "lost" }, { kind: "html" }, { kind: "limit", retryAfterS: 2 }] as const)
        : null,
  });
  const { host } = machineOn(w, "agent", { address: "10.0.0.5" });
  for (const [id, name] of [
    [1, "Anna"],
    [2, "Ben"],
  ] as const) {
    const person = makePerson(w, server, id, name);
    live(w, server, person, w.chance(name), { messages: 4, pauseMaxMs: 30_000, texts: ["hello", "status?", "日本語"] });
  }
  w.faults.add({
    machine: "agent",
    nth: 40 + chance.below(60),
    mode: "once",
    how: "code",
    ops: [OP.CONNECT, OP.READ, OP.WRITE],
  });
  w.at(40_000, () => w.net.link("agent", "*", "hole"));
  w.at(55_000, () => w.net.link("agent", "*", "up"));
  const root = rootScope(host.timers);
  await model.ready;
  await server.ready;
  const http = makeHttp(host);
  const told = await bot(root.scope, http, server, model, () => w.nowMs() > 200_000);
  await http.close();
  root.stop(fault("stopped", "over"));
  await root.end();
  await Promise.all([model.stop(), server.stop()]);
  return `${told.length} answers ${sha256Hex(told.join("\n"))} ${host.openHandles} open`;
}

offer((seed) => {
  const w = world(seed);
  return { world: w, main: main(w) };
});
