// Which tools a question offers. Few are offered all. Of many, the ways to the router itself are
// always there; the others come in groups, when the person's words, a call or the model itself
// asks for one, and stay for the conversation: a service's cache holds what begins alike.

import * as z from "zod/mini";
import { fault, isFault } from "../base/fault.ts";
import { TOOL_CAP_MS, TOOL_OUT_BYTES_MAX } from "../base/limits.ts";
import { HEARD_UNITS_MAX, TOOL_GROUPS_HEARD_MAX, TOOLS_SHARE, TOOLS_TOKENS_MAX } from "../base/limits-context.ts";
import { nearest } from "../base/text.ts";
import { parseAs } from "../port/parse.ts";
import type { ToolOffer } from "../port/provider.ts";
import type { BoundTool } from "./deps.ts";
import { tokensIn } from "./tokens.ts";
import { speaks, type Words } from "./words.ts";

// Name of a group → what the names of its tools hold, and further words of people for it. A
// tool belongs to the first that fits, so the order counts. Whose language is not here loses
// nothing but a step: the model asks for what it needs.
const GROUPS: ReadonlyArray<readonly [name: string, tools: RegExp, words: Words]> = [
  ["files", /file/, [/datei|workspace|save/, "文件"]],
  ["wifi", /wi-?fi|wlan|wireless|guest|channel/, [/ssid|signal/, "gäste|无线|访客"]],
  ["vpn", /vpn|wireguard|ipsec|peer/, [/l2tp|tunnel|road ?warrior/, "隧道"]],
  [
    "security",
    /firewall|secur|audit|harden|forward|\bban\b|attack/,
    [/\bports?\b|nat\b|brute|intrud|login|sicher|angriff/, "防火墙|端口"],
  ],
  ["people", /block|limit|queue|\bkid|schedule|bandwidth/, [/allow|child|sperr|kinder|bremse/, "限速|屏蔽"]],
  [
    "network",
    /lease|dhcp|dns|(?:\b|_)wan|vlan|failover|address/,
    [/lte|static|advert|\bads?\b|adresse|werbung/, "地址"],
  ],
  [
    "diagnosis",
    /slow|find|diagnos|ping|trace|health|check/,
    [/broken|down\b|offline|\blag|why|langsam|suche|warum|kaputt/, "慢|断"],
  ],
  ["upkeep", /backup|compare|upgrade|update|restore/, [/version|firmware|cve|vulnerab|sicherung/, "升级|备份"]],
];
const OTHER = "other";
/** Always offered. */
const CORE = /^routeros_/;
const MORE = "more_tools";

function groupOf({ name }: ToolOffer): string {
  return CORE.test(name) ? "" : (GROUPS.find(([, tools]) => tools.test(name))?.[0] ?? OTHER);
}

const measured = new WeakMap<ToolOffer, number>();

/** Estimated tokens of tools as a question offers them. */
export function tokensOfTools(tools: readonly ToolOffer[]): number {
  let sum = 0;
  for (const tool of tools) {
    const known = measured.get(tool) ?? tokensIn(tool.name + tool.purpose + tool.schemaJson) + 15;
    measured.set(tool, known);
    sum += known;
  }
  return sum;
}

/** What a conversation remembers of it. */
export interface ToolNeeds {
  /** Groups that are offered, in the order of their coming. */
  groups: readonly string[];
}

/** The tools of one conversation. */
export interface ToolSet {
  /** What the next question offers. */
  offered(): readonly BoundTool[];
  /** Any tool by its name; whoever calls one has its group from then on. */
  find(name: string): BoundTool | undefined;
  /** The person's words may ask for groups. */
  hear(text: string): void;
}

/** All tools, sorted once. */
interface Sorted {
  /** So few that choosing would not pay. */
  readonly areFew: boolean;
  readonly groups: ReadonlyMap<string, readonly BoundTool[]>;
  /** What the tool says by which a model asks for others: always the same. */
  readonly purpose: string;
}

function sort(all: readonly BoundTool[]): Sorted {
  const groups = new Map<string, BoundTool[]>(["", ...GROUPS.map(([name]) => name), OTHER].map((name) => [name, []]));
  for (const tool of all) groups.get(groupOf(tool))?.push(tool);
  const list = [...groups].filter(([name, tools]) => name !== "" && tools.length > 0);
  const said = list.map(([name, tools]) => `${name} (${namesOf(tools)})`).join("; ");
  const purpose = `Adds tools that are not offered yet, by groups: ${said}. Prefer them to commands of your own.`;
  return { areFew: tokensOfTools(all) <= TOOLS_TOKENS_MAX, groups, purpose };
}

const namesOf = (tools: readonly BoundTool[]): string => tools.map((t) => t.name).join(", ");

/** The tools out of `all` for each conversation; nothing is done before the first question. */
export function makeToolSets(all: readonly BoundTool[]): (needsOf: () => ToolNeeds) => ToolSet {
  let known: Sorted | null = null;
  const sorted = (): Sorted => {
    known ??= sort(all);
    return known;
  };
  const of = (group: string): readonly BoundTool[] => sorted().groups.get(group) ?? [];
  return (needsOf) => {
    const add = (...groups: readonly string[]): void => {
      const needs = needsOf();
      needs.groups = [...new Set([...needs.groups, ...groups.filter((g) => g !== "")])];
    };
    const more = (): BoundTool => moreTools(all, sorted(), add);
    return {
      // What was there stays in its place: only what comes behind it is new to a cache.
      offered: () => (sorted().areFew ? all : [...of(""), more(), ...needsOf().groups.flatMap(of)]),
      find(name) {
        if (name === MORE && !sorted().areFew) return more();
        const found = all.find((t) => t.name === name);
        if (found !== undefined && !sorted().areFew) add(groupOf(found));
        return found;
      },
      hear(text) {
        if (sorted().areFew) return;
        const plain = text.slice(0, HEARD_UNITS_MAX).toLowerCase();
        const needs = needsOf();
        const fresh = GROUPS.filter(
          ([name, tools, words]) => !needs.groups.includes(name) && (tools.test(plain) || speaks(plain, words)),
        );
        add(...fresh.slice(0, TOOL_GROUPS_HEARD_MAX).flatMap(([name]) => (of(name).length > 0 ? name : [])));
      },
    };
  };
}

const ARGS = () => z.strictObject({ groups: z.array(z.string()) });
const SCHEMA =
  '{"type":"object","properties":{"groups":{"type":"array","items":{"type":"string"}}},"required":["groups"],"additionalProperties":false}';

/** The tool by which a model asks for others. */
function moreTools(
  all: readonly BoundTool[],
  { groups, purpose }: Sorted,
  add: (...groups: readonly string[]) => void,
): BoundTool {
  return {
    name: MORE,
    purpose,
    schemaJson: SCHEMA,
    effect: "read",
    capMs: TOOL_CAP_MS,
    outMax: TOOL_OUT_BYTES_MAX,
    async call(_s, _kit, given) {
      const args = parseAs(ARGS, given, `The arguments of ${MORE}`);
      if (isFault(args)) return args;
      // The name of a tool stands for its group.
      const wanted = args.groups.map((g) => all.filter((t) => t.name === g).map(groupOf)[0] ?? g);
      const names = [...groups].flatMap(([name, tools]) => (name !== "" && tools.length > 0 ? name : []));
      const unknown = wanted.find((g) => g !== "" && !names.includes(g));
      if (unknown !== undefined) {
        const near = nearest(unknown.slice(0, 64), names)[0];
        const hint = near === undefined ? "" : `Did you mean ${near}? `;
        return fault("missing", "There is no such group.", { next: `${hint}The groups are: ${names.join(", ")}.` });
      }
      add(...wanted);
      return { text: `You have them now: ${namesOf(wanted.flatMap((g) => groups.get(g) ?? []))}.` };
    },
  };
}

/** The tools that a small context has room for: the ways to the router, and the newest groups. */
export function slimTools<T extends ToolOffer>(tools: readonly T[], contextTokens: number): readonly T[] {
  let room = contextTokens * TOOLS_SHARE - tokensOfTools(tools.filter(isCore));
  const kept = new Set<T>();
  for (const tool of [...tools].reverse()) {
    if (isCore(tool)) continue;
    room -= tokensOfTools([tool]);
    if (room >= 0) kept.add(tool);
  }
  return tools.filter((tool) => isCore(tool) || kept.has(tool));
}

const isCore = ({ name }: ToolOffer): boolean => CORE.test(name) || name === MORE;
