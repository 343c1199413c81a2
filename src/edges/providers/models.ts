// Lists of models in the three shapes that services answer: `{data:[{id}]}`, a bare array,
// `{models:[{name}]}` (Gemini, Ollama). Ids are outside data and are only shown or sent back.

import { type Fault, fault, isFault, type Outcome } from "../../base/fault.ts";
import { parseJson } from "../../base/json.ts";
import { MODEL_ID_UNITS_MAX, MODEL_LIST_BYTES_MAX, MODEL_LIST_MAX } from "../../base/limits.ts";
import { nearest } from "../../base/text.ts";
import { decodeUtf8 } from "../../base/utf8.ts";
import type { Peer } from "./errors.ts";
import { type Fields, isRecord, recordsAt, textAt } from "./values.ts";

/** The ids of a list of models. */
export function listedModels(peer: Peer, body: Uint8Array): Outcome<readonly string[]> {
  const value = parseJson(decodeUtf8(body), MODEL_LIST_BYTES_MAX);
  const rows = Array.isArray(value) ? value.filter(isRecord) : isRecord(value) ? rowsOf(value) : [];
  if (isFault(value) || rows.length === 0) return noList(peer);
  return rows.slice(0, MODEL_LIST_MAX).flatMap((row) => {
    const id = ["id", "model", "name"].map((key) => textAt(row, key)).find((text) => text !== "") ?? "";
    const plain = id.replace(/^models\//, "");
    return /^[\x21-\x7e]+$/.test(plain) && plain.length <= MODEL_ID_UNITS_MAX ? [plain] : [];
  });
}

/** An answer that is no list. */
export function noList(peer: Peer): Fault {
  return fault("failed", `${peer.service} gave no list of models.`, { code: "model_list" });
}

function rowsOf(value: Fields): Fields[] {
  const data = recordsAt(value, "data");
  return data.length > 0 ? data : recordsAt(value, "models");
}

// A shorter common beginning is a chance.
const ALIKE_UNITS_MIN = 4;

/** The listed model that looks most like `model`, or null. */
export function nearestModel(model: string, ids: readonly string[]): string | null {
  const near = nearest(model, ids)[0];
  if (near !== undefined) return near;
  let best: string | null = null;
  let most = ALIKE_UNITS_MIN - 1;
  for (const id of ids) {
    let same = 0;
    while (same < id.length && id[same] === model[same]) same += 1;
    if (same > most) [best, most] = [id, same];
  }
  return best;
}

// Not for conversations, by the words that services put into their names.
const OTHER_WORK = /embed|rerank|moderation|whisper|tts|image|audio/i;

/** The first model for conversations that holds `word`, else the first one of all. */
export function pickModel(ids: readonly string[], word: string): string | null {
  const able = ids.filter((id) => !OTHER_WORK.test(id));
  return able.find((id) => id.includes(word)) ?? able[0] ?? null;
}
