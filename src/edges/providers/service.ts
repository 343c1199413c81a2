// A provider made of a dialect: one call, a look whether the service is there, and its list
// of models, which names the nearest when a model is gone.

import { type Fault, fault, isFault, type Outcome, refault, type Wait } from "../../base/fault.ts";
import { parseJson } from "../../base/json.ts";
import { MODEL_BODY_BYTES_MAX, MODEL_LIST_BYTES_MAX } from "../../base/limits.ts";
import type { Scope } from "../../base/scope.ts";
import { joinSecret } from "../../base/secret.ts";
import { parseUrl, type Url } from "../../base/url.ts";
import { decodeUtf8 } from "../../base/utf8.ts";
import type { Headers, Request, Response } from "../../port/http.ts";
import type { Answer, Ask, Delta, Provider, ProviderKit } from "../../port/provider.ts";
import { AUTO_MODEL, type Dialect, type ModelConfig } from "./dialect.ts";
import { unseenFault } from "./error-rules.ts";
import { errorFault, isErrorValue, isPage, type Peer, statusFault } from "./errors.ts";
import { explain, listen } from "./listen.ts";
import { listedModels, nearestModel, noList, pickModel } from "./models.ts";
import { makePromptedReader, promptedAsk } from "./prompted.ts";
import { makeReplyReader, pageFault } from "./reply.ts";
import { bodyJson, type Fields } from "./values.ts";
import { learnedOf, without } from "./without.ts";

type Kit = ProviderKit<ModelConfig>;

/** A service at its place. */
interface Place {
  readonly base: Url;
  readonly peer: Peer;
}

/** What a provider that speaks `dialect` can do. */
export function makeProvider(dialect: Dialect): Omit<Provider<ModelConfig>, "id"> {
  return {
    complete: (s, kit, ask, onDelta) => complete(dialect, s, kit, ask, onDelta),
    check: (s, kit) => check(dialect, s, kit),
  };
}

function placeOf(kit: Kit): Place | Fault {
  const base = parseUrl(kit.config.baseUrl);
  if (isFault(base)) return fault("input", `LLM_BASE_URL is not usable: ${base.what}`, { code: "bad_config" });
  return { base, peer: { service: base.host, key: kit.config.key, wallMs: kit.clock.wallMs() } };
}

function keyFields(dialect: Dialect, { key, keyHeader = dialect.keyHeader }: ModelConfig): Headers {
  if (key === null) return [];
  return [[keyHeader, keyHeader === "authorization" ? joinSecret(keyHeader, ["Bearer ", key]) : key]];
}

function request(dialect: Dialect, config: ModelConfig, base: Url, path: string, body?: string): Request {
  const query = base.query === "" ? "" : `?${base.query}`;
  const origin = base.href.slice(0, base.href.length - base.path.length - query.length);
  const more = query === "" || !path.includes("?") ? query : query.replace("?", "&");
  return {
    method: body === undefined ? "GET" : "POST",
    url: `${origin}${base.path.replace(/\/+$/, "")}${path}${more}`,
    headers: [
      ["accept", "application/json, text/event-stream"],
      ...(body === undefined ? [] : [["content-type", "application/json"] as const]),
      ...keyFields(dialect, config),
      ...dialect.headers(config),
      ...(config.headers ?? []),
    ],
    ...(body === undefined ? {} : { body }),
    maxBytes: MODEL_BODY_BYTES_MAX,
    // A second answer costs money but changes nothing.
    repeatable: true,
  };
}

async function complete(d: Dialect, s: Scope, kit: Kit, ask: Ask, onDelta: (x: Delta) => void): Wait<Answer> {
  const place = placeOf(kit);
  if (isFault(place)) return place;
  const asked = await withModel(d, s, kit, place, ask);
  if (isFault(asked)) return asked;
  const learned = learnedOf(kit.config);
  const first = await once(d, s, kit, place, asked, onDelta);
  if (!isFault(first)) return first;
  // Only what was refused before any answer is asked for again, without what was too much.
  if (learned.add(d, first, bodyOf(d, kit, place, asked))) return once(d, s, kit, place, asked, onDelta);
  const unseen = asked.messages.some((m) => m.role === "user" && m.images !== undefined) ? unseenFault(first) : null;
  if (unseen !== null) return unseen;
  return first.code === "model_missing" ? nameNearest(d, s, kit, place, asked, first) : first;
}

async function once(d: Dialect, s: Scope, kit: Kit, place: Place, ask: Ask, onDelta: (x: Delta) => void): Wait<Answer> {
  const { config } = kit;
  const { base, peer } = place;
  const isPrompted = ask.tools.length > 0 && (config.promptedTools === true || learnedOf(config).prompted);
  const prompted = isPrompted ? makePromptedReader(ask, peer.service, onDelta) : null;
  const told = prompted === null ? ask : promptedAsk(ask);
  const assembler = d.assemble(told, peer, prompted?.hear ?? onDelta);
  const reader = makeReplyReader(assembler, peer, d.lines === true);
  const sent = request(d, config, base, d.path(told, config), bodyJson(bodyOf(d, kit, place, told)));
  const heard = await listen(s, kit, sent, peer, assembler, reader);
  const answer = isFault(heard) ? heard : assembler.answer();
  return isFault(answer) || prompted === null ? answer : prompted.answer(answer);
}

function bodyOf(d: Dialect, { config }: Kit, { peer }: Place, ask: Ask): Fields {
  const asked = { ...ask, maxTokens: ask.maxTokens + d.thoughtTokens(config, peer) };
  return without(learnedOf(config), { ...d.body(asked, config, peer), ...config.extra });
}

/** The question with a model: the owner's, or one that the service lists. */
async function withModel(d: Dialect, s: Scope, kit: Kit, place: Place, ask: Ask): Wait<Ask> {
  if (ask.model !== AUTO_MODEL || kit.config.pick === undefined) return ask;
  const learned = learnedOf(kit.config);
  if (learned.model === "") {
    const ids = await modelList(d, s, kit, place);
    if (isFault(ids)) return refault(ids, { next: ids.next ?? "Set MODEL to a model id of that service." });
    const model = pickModel(ids, kit.config.pick);
    if (model === null) {
      const next = "Set MODEL to a model id of that service.";
      return fault("missing", `${place.peer.service} lists no model.`, { code: "model_missing", next });
    }
    learned.model = model;
  }
  return { ...ask, model: learned.model };
}

async function modelList(d: Dialect, s: Scope, kit: Kit, { base, peer }: Place): Wait<readonly string[]> {
  const response = await kit.http.send(s, request(d, kit.config, base, d.listPath));
  if (isFault(response)) return explain(peer, response);
  if (response.status < 200 || response.status >= 300) return statusFault(peer, response);
  return listedModels(peer, response.body);
}

async function nameNearest(d: Dialect, s: Scope, kit: Kit, place: Place, ask: Ask, gone: Fault): Wait<never> {
  const ids = await modelList(d, s, kit, place);
  if (s.stopped !== null) return s.stopped;
  const near = isFault(ids) || ids.includes(ask.model) ? null : nearestModel(ask.model, ids);
  return near === null ? gone : refault(gone, { next: `Set MODEL to a model that exists, such as ${near}.` });
}

/**
 * Reaches the model list, which costs nothing. Some services have none: what answers but refuses the list
 * is `model_list`, and only a question tells whether it works.
 */
async function check(d: Dialect, s: Scope, kit: Kit): Wait<string> {
  const place = placeOf(kit);
  if (isFault(place)) return place;
  const { base, peer } = place;
  let begun: Uint8Array | null = null;
  const enough = fault("stopped", "The beginning of the list is enough.");
  const response = await kit.http.stream(s, request(d, kit.config, base, d.listPath), (piece): Outcome<void> => {
    begun = piece;
    return enough;
  });
  const seen = begun === null && isFault(response) ? explain(peer, response) : lookAt(peer, begun, response);
  return isFault(seen) ? seen : `${peer.service} answers.`;
}

function lookAt(peer: Peer, begun: Uint8Array | null, response: Outcome<Response>): Outcome<void> {
  if (begun === null && !isFault(response) && response.status >= 300) {
    const refused = statusFault(peer, response);
    // Gemini says 400 to a bad key: then the words count, not the status.
    const unsure = refused.fault === "missing" || refused.fault === "input";
    return unsure && !isPage(decodeUtf8(response.body)) ? refault(refused, { code: "model_list" }) : refused;
  }
  const text = begun === null ? "" : decodeUtf8(begun).replace(/^\ufeff/, "");
  if (isPage(text)) return pageFault(peer, text);
  const value = parseJson(text, MODEL_LIST_BYTES_MAX);
  // A long list comes in pieces: its beginning is no whole JSON.
  if (isFault(value)) return /^\s*[[{]/.test(text) ? undefined : noList(peer);
  return isErrorValue(value, false) ? errorFault(peer, 200, value) : undefined;
}
