// The chosen models as links of a chain: each with its keys, bound to its dialect, and what
// is known of it from its address and name.

import { isFault, type Outcome } from "../base/fault.ts";
import { isLoopback, isPrivateAddress, parseUrl } from "../base/url.ts";
import type { Price } from "../core/budget-limit.ts";
import type { Link } from "../core/failover-types.ts";
import type { Clock } from "../port/clock.ts";
import type { Http } from "../port/http.ts";
import { type ModelService, openModel } from "./catalog.ts";
import type { ModelChoice } from "./model.ts";

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
  prices: ReadonlyMap<string, Price>,
  http: Http,
  clock: Clock,
): Outcome<readonly OpenedModel[]> {
  const opened: OpenedModel[] = [];
  for (const choice of choices) {
    const one = open(choice, prices, http, clock);
    if (isFault(one)) return one;
    opened.push(one);
  }
  return opened;
}

function open(choice: ModelChoice, prices: ReadonlyMap<string, Price>, http: Http, clock: Clock): Outcome<OpenedModel> {
  const service = openModel(choice, http, clock);
  if (isFault(service)) return service;
  const { name, model, settings } = choice;
  const keys = [{ name: settings.key?.name ?? name, complete: service.complete }];
  for (const key of choice.spareKeys) {
    const spare = openModel({ ...choice, settings: { ...settings, key } }, http, clock);
    if (isFault(spare)) return spare;
    keys.push({ name: key.name, complete: spare.complete });
  }
  const url = parseUrl(settings.baseUrl);
  const local = !isFault(url) && (isLoopback(url.host) || isPrivateAddress(url.host));
  const traits = { toolless: settings.toolless === true, local, small: SMALL.test(model) };
  // Who runs the model pays nobody for tokens.
  const price = prices.get(name) ?? (local ? FREE : undefined);
  return { choice, service, link: { name, model, traits, keys, price } };
}
