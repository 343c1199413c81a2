// The chosen models as links of a chain: each with its keys, bound to its dialect, and what
// is known of it from its address and name.

import { isFault, type Outcome } from "../base/fault.ts";
import { hashSecret } from "../base/hash.ts";
import { isLoopback, isPrivateAddress, parseUrl } from "../base/url.ts";
import type { Price } from "../core/budget-limit.ts";
import type { Link, ModelKey } from "../core/failover-types.ts";
import type { ModelService } from "./catalog.ts";
import type { ModelChoice } from "./model.ts";
import type { Policy } from "./model-policy.ts";
import { openProfile, type ProfileKit } from "./profiles.ts";

/** A model with a service for each of its keys. */
export interface OpenedModel {
  readonly choice: ModelChoice;
  /** With the first key. */
  readonly service: ModelService;
  readonly link: Link;
}

// Makers put one of these words into the names of their small models.
const SMALL = /(^|[^a-z])(mini|nano|small|lite|haiku|flash|tiny|instant|[1-9]b|1[0-4]b)([^a-z]|$)/i;

const FREE: Price = { inUsd: 0, outUsd: 0, cachedUsd: 0 };

/** Binds all choices to their dialects. */
export function openModels(
  choices: readonly ModelChoice[],
  policy: Pick<Policy, "prices" | "traits">,
  kit: ProfileKit,
): Outcome<readonly OpenedModel[]> {
  const opened: OpenedModel[] = [];
  for (const choice of choices) {
    const one = open(choice, policy, kit);
    if (isFault(one)) return one;
    opened.push(one);
  }
  return opened;
}

function open(choice: ModelChoice, policy: Pick<Policy, "prices" | "traits">, kit: ProfileKit): Outcome<OpenedModel> {
  const { name, model, settings } = choice;
  const first = openProfile(choice, settings.key, kit);
  if (isFault(first)) return first;
  const keys: ModelKey[] = [];
  for (const key of [settings.key, ...choice.spareKeys]) {
    const opened = keys.length === 0 ? first : openProfile(choice, key, kit);
    if (isFault(opened)) return opened;
    const { kind, service } = opened;
    keys.push({ name: key?.name ?? name, mark: key === null ? "" : hashSecret(key), kind, complete: service.complete });
  }
  const url = parseUrl(settings.baseUrl);
  const local = !isFault(url) && (isLoopback(url.host) || isPrivateAddress(url.host));
  const seen = { toolless: settings.promptedTools === true, local, small: SMALL.test(model) };
  const traits = { ...seen, ...policy.traits.get(name) };
  // Who runs the model pays nobody for tokens.
  const price = policy.prices.get(name) ?? (traits.local ? FREE : undefined);
  return { choice, service: first.service, link: { name, model, traits, keys, price } };
}
