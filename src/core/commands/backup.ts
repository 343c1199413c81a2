// /backup: a masked snapshot of the main menus as text, in the answer and, where there is
// a workspace, in a file. For people and comparison; it is not an import script.

import { type Fault, isFault, sayFault } from "../../base/fault.ts";
import { BACKUP_BYTES_MAX, BACKUP_VALUE_CHARS_MAX } from "../../base/limits.ts";
import type { Scope } from "../../base/scope.ts";
import { redact } from "../../base/secret.ts";
import { cutBytes, oneLine, printable, word } from "../../base/text.ts";
import { isoTime } from "../../base/time.ts";
import { encodeUtf8 } from "../../base/utf8.ts";
import type { RosRow } from "../../port/router.ts";
import { rowsIfAny } from "../../ros/rows.ts";
import { type Command, clip, rowsOf } from "../command-kit.ts";
import { readerOf } from "../toolrun.ts";
import type { TurnCtx } from "../turn-types.ts";

const MENUS = [
  "/system/identity /system/package /system/clock /system/ntp/client /interface /interface/bridge",
  "/interface/bridge/port /interface/vlan /interface/list /interface/list/member /interface/wifi",
  "/interface/wireguard /interface/wireguard/peers /interface/pppoe-client /ip/address /ip/pool",
  "/ip/dhcp-client /ip/dhcp-server /ip/dhcp-server/network /ip/dhcp-server/lease /ip/dns",
  "/ip/dns/static /ip/route /ip/service /ip/firewall/filter /ip/firewall/nat /ip/firewall/mangle",
  "/ip/firewall/address-list /ipv6/address /ipv6/firewall/filter /queue/simple /system/scheduler",
  "/system/script /user",
].flatMap((line) => line.split(" "));

// Counters and times differ at every look and hide the real differences.
const MOVING =
  /^(\.nextid|rx-|tx-|fp-|bytes$|packets$|last-|uptime|expires-after|age$|time$|date$|link-downs|run-count|next-run|cache-used)/;

function rowLine(row: RosRow): string {
  const fields = Object.entries(row).filter(([name]) => !MOVING.test(name));
  const quoted = (text: string): string =>
    `"${oneLine(printable(text), BACKUP_VALUE_CHARS_MAX).replace(/[\\"]/g, "\\$&")}"`;
  return fields.map(([name, value]) => `${oneLine(name, 64)}=${quoted(value)}`).join(" ");
}

async function snapshot(s: Scope, ctx: TurnCtx, head: string): Promise<{ text: string; menus: number } | Fault> {
  const lines = [head];
  let menus = 0;
  for (const menu of MENUS) {
    const rows = await rowsIfAny(s, readerOf(ctx), menu);
    if (isFault(rows) && rows.fault !== "denied") return rows;
    if (isFault(rows)) lines.push("", menu, `# not readable: ${rows.what}`);
    else if (rows.length > 0) lines.push("", menu, ...rows.map(rowLine));
    if (!isFault(rows) && rows.length > 0) menus += 1;
  }
  const text = `${redact(lines.join("\n"), ctx.deps.secrets)}\n`;
  return { text: cutBytes(text, BACKUP_BYTES_MAX, "\n# [… cut: too large]\n"), menus };
}

export const backup: Command = {
  name: "backup",
  usage: "",
  purpose: "a readable snapshot of the configuration, secrets masked",
  async run(s, ctx) {
    const names = await rowsOf(s, ctx, "/system/identity", 1);
    if (isFault(names)) return names;
    const identity = word(names[0]?.["name"]);
    const time = isoTime(ctx.deps.clock.wallMs());
    const head = `# ${identity}, ${time}, by MikroClaw ${ctx.deps.version}: secrets are masked; to read and compare, not to import`;
    const made = await snapshot(s, ctx, head);
    if (isFault(made)) return made;
    // The identity is the router's word: only plain letters of it get into a file name.
    const plain = identity.replace(/[^A-Za-z0-9_-]+/g, "_").slice(0, 32) || "router";
    const file = `backup-${plain}-${time.replace(/[^0-9TZ]/g, "")}.txt`;
    const { files } = ctx.deps;
    const kept = files === null ? null : await files.replace(s, file, encodeUtf8(made.text));
    const where =
      kept === null
        ? "No workspace is there, so it is only in this message."
        : isFault(kept)
          ? `It could not be written to the workspace: ${sayFault(kept)}`
          : `Written to the workspace as ${file}.`;
    return { text: clip(`Snapshot of ${made.menus} menus. ${where}\n\n${made.text}`) };
  },
};
