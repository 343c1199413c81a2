// The provider for OpenAI chat completions, which most model services and local servers
// speak (https://platform.openai.com/docs/api-reference/chat). Streams or not, as configured;
// reads either form whatever was asked for. It does not repeat a call: its caller decides.

import * as z from "zod/mini";
import { type Fault, fault, isFault, type Wait } from "../../base/fault.ts";
import { MODEL_BODY_BYTES_MAX, MODEL_FIRST_BYTE_MS, MODEL_IDLE_MS, MODEL_TAIL_MS } from "../../base/limits.ts";
import { launch, type Scope } from "../../base/scope.ts";
import { isSecret, joinSecret, type Secret } from "../../base/secret.ts";
import { parseUrl, type Url } from "../../base/url.ts";
import type { Headers, Request, Response } from "../../port/http.ts";
import type { Answer, Ask, Delta, Provider, ProviderKit } from "../../port/provider.ts";
import { type Peer, statusFault } from "./openai-errors.ts";
import { makeReplyReader, type ReplyReader } from "./openai-read.ts";
import { type Assembler, makeAssembler } from "./openai-stream.ts";
import { requestJson, type TokensField } from "./openai-wire.ts";

export interface OpenAiConfig {
  /** Its path is kept: `https://openrouter.ai/api/v1`. */
  baseUrl: string;
  /** Null: the service asks for none (a local server). */
  key: Secret | null;
  headers?: Headers | undefined;
  /** What the bound of an answer is called; by default what the host is known to take. */
  tokensField?: TokensField | undefined;
  stream: boolean;
}

type Kit = ProviderKit<OpenAiConfig>;

const headerField = z.tuple([z.string(), z.union([z.string(), z.custom<Secret>(isSecret)])]);

/** OpenAI chat completions. */
export const openai: Provider<OpenAiConfig> = {
  id: "openai",
  config: z.strictObject({
    baseUrl: z.string().check(z.minLength(1)),
    key: z.nullable(z.custom<Secret>(isSecret)),
    headers: z.optional(z.array(headerField)),
    tokensField: z.optional(z.enum(["max_tokens", "max_completion_tokens"])),
    stream: z.boolean(),
  }),
  complete,
  check,
};

interface Place {
  base: Url;
  peer: Peer;
}

function placeOf(kit: Kit): Place | Fault {
  const base = parseUrl(kit.config.baseUrl);
  if (isFault(base)) return fault("input", `LLM_BASE_URL is not usable: ${base.what}`, { code: "bad_config" });
  return { base, peer: { service: base.host, key: kit.config.key, wallMs: kit.clock.wallMs() } };
}

function request(kit: Kit, base: Url, path: string, body?: string): Request {
  const { key, headers = [] } = kit.config;
  const query = base.query === "" ? "" : `?${base.query}`;
  const origin = base.href.slice(0, base.href.length - base.path.length - query.length);
  return {
    method: body === undefined ? "GET" : "POST",
    url: `${origin}${base.path.replace(/\/+$/, "")}${path}${query}`,
    headers: [
      ["accept", "application/json, text/event-stream"],
      ...(body === undefined ? [] : [["content-type", "application/json"] as const]),
      ...(key === null ? [] : [["authorization", joinSecret("authorization", ["Bearer ", key])] as const]),
      ...headers,
    ],
    ...(body === undefined ? {} : { body }),
    maxBytes: MODEL_BODY_BYTES_MAX,
    // A second answer costs money but changes nothing.
    repeatable: true,
  };
}

async function complete(s: Scope, kit: Kit, ask: Ask, onDelta: (d: Delta) => void): Wait<Answer> {
  const place = placeOf(kit);
  if (isFault(place)) return place;
  const { base, peer } = place;
  // Only OpenAI itself has renamed the field; its reasoning models refuse the old name.
  const tokensField =
    kit.config.tokensField ?? (base.host === "api.openai.com" ? "max_completion_tokens" : "max_tokens");
  const body = requestJson(ask, { service: peer.service, tokensField, stream: kit.config.stream });
  const assembler = makeAssembler(ask, peer, onDelta);
  const reader = makeReplyReader(assembler, peer);
  const response = await listen(s, kit, request(kit, base, "/chat/completions", body), peer, assembler, reader);
  if (isFault(response)) return response;
  return assembler.answer();
}

/** Sends and reads until the reply is over; an answer that has ended survives a bad end of its connection. */
async function listen(
  s: Scope,
  kit: Kit,
  r: Request,
  peer: Peer,
  assembler: Assembler,
  reader: ReplyReader,
): Wait<void> {
  const silence = watchSilence(s, kit, peer, assembler);
  let refused: Fault | null = null;
  const work = launch(s, Infinity, (inner) => {
    silence.onSilent((why) => work.stop(why));
    return kit.http.stream(inner, r, (bytes) => {
      silence.heard();
      const read = reader.push(bytes);
      if (isFault(read)) refused = read;
      return read;
    });
  });
  const response = await work.done;
  await silence.end();
  if (s.stopped !== null) return s.stopped;
  if (refused !== null) return refused;
  if (isFault(response)) return assembler.ended ? undefined : (silence.why ?? explain(peer, response));
  if (response.status < 200 || response.status >= 300) return statusFault(peer, response);
  return restOf(reader, response);
}

function restOf(reader: ReplyReader, response: Response): ReturnType<ReplyReader["end"]> {
  const read = response.body.length > 0 ? reader.push(response.body) : undefined;
  return isFault(read) ? read : reader.end();
}

function explain(peer: Peer, f: Fault): Fault {
  const next =
    f.next ??
    (f.fault === "unreachable"
      ? "Check LLM_BASE_URL and the router's internet connection: /ping 1.1.1.1 count=3"
      : "Try again.");
  return fault(f.fault, `The model service ${peer.service} gave no answer: ${f.what}`, { ...f, next });
}

interface Silence {
  heard(): void;
  onSilent(stop: (why: Fault) => void): void;
  readonly why: Fault | null;
  end(): Promise<void>;
}

/** Models think for minutes before the first byte, but do not pause that long between bytes. */
function watchSilence(s: Scope, kit: Kit, peer: Peer, assembler: Assembler): Silence {
  let lastMs = kit.clock.monoMs();
  let spoke = false;
  let why: Fault | null = null;
  let stop: (why: Fault) => void = () => undefined;
  const dueMs = (): number => lastMs + (assembler.ended ? MODEL_TAIL_MS : spoke ? MODEL_IDLE_MS : MODEL_FIRST_BYTE_MS);
  // A sleep is no longer than the shortest bound, as the answer may end during it.
  const watch = launch(s, Infinity, async (inner) => {
    while (inner.stopped === null) {
      const leftMs = dueMs() - kit.clock.monoMs();
      if (leftMs <= 0) {
        why = silent(peer, spoke);
        stop(why);
        return;
      }
      const slept = await kit.clock.sleep(inner, Math.min(leftMs, MODEL_TAIL_MS));
      if (isFault(slept)) return;
    }
  });
  return {
    heard() {
      lastMs = kit.clock.monoMs();
      spoke = true;
    },
    onSilent(call) {
      stop = call;
    },
    get why() {
      return why;
    },
    async end() {
      watch.stop(fault("stopped", "The reply is over."));
      const ended = await watch.done;
      if (isFault(ended)) return;
    },
  };
}

function silent(peer: Peer, spoke: boolean): Fault {
  const seconds = (spoke ? MODEL_IDLE_MS : MODEL_FIRST_BYTE_MS) / 1_000;
  const what = spoke
    ? `The answer of ${peer.service} stopped: nothing came for ${seconds} seconds.`
    : `${peer.service} took the question but sent nothing for ${seconds} seconds.`;
  return fault("timeout", what, { code: "model_silent", next: "Try again, or use a faster MODEL." });
}

/** Reaches the model list, which costs nothing. Some services have none: any answer but a refusal counts. */
async function check(s: Scope, kit: Kit): Wait<string> {
  const place = placeOf(kit);
  if (isFault(place)) return place;
  const { base, peer } = place;
  let answered = false;
  const enough = fault("stopped", "The beginning of the list is enough.");
  const response = await kit.http.stream(s, request(kit, base, "/models"), () => {
    answered = true;
    return enough;
  });
  if (answered) return `${peer.service} answers.`;
  if (isFault(response)) return explain(peer, response);
  if (response.status === 401 || response.status === 403) return statusFault(peer, response);
  return `${peer.service} answers (HTTP ${response.status}).`;
}
