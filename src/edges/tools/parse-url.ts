// Takes a web address apart, with the same strict parser that guards our own connections.

import * as z from "zod/mini";
import { isFault } from "../../base/fault.ts";
import { HTTP_TARGET_BYTES_MAX, TOOL_CAP_MS, TOOL_OUT_BYTES_MAX } from "../../base/limits.ts";
import { hostKind, parseQuery, parseUrl } from "../../base/url.ts";
import type { Tool } from "../../port/tool.ts";

/** `parse_url`: the parts of a URL. */
export const parseUrlTool: Tool<{ url: string }> = {
  name: "parse_url",
  purpose:
    "Takes an http or https URL apart: scheme, host and what kind of host it is, port, path, query fields. It does not fetch anything.",
  args: () => z.strictObject({ url: z.string().check(z.maxLength(HTTP_TARGET_BYTES_MAX)) }),
  effect: "read",
  capMs: TOOL_CAP_MS,
  outMax: TOOL_OUT_BYTES_MAX,
  async run(_, __, args) {
    const url = parseUrl(args.url);
    if (isFault(url)) return url;
    const query = parseQuery(url.query);
    const { scheme, host, port, path } = url;
    const parts = { scheme, host, hostKind: hostKind(host), port, path, query: isFault(query) ? url.query : query };
    return { text: JSON.stringify(parts) };
  },
};
