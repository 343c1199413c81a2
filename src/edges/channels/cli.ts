// The terminal as a channel: its prompt calls the agent and prints the answer itself, so
// there is nothing to poll and nothing to send.

import type { Channel } from "../../port/channel.ts";

/** The terminal. */
export const cli: Channel<Record<string, never>> = {
  id: "cli",
  meta: { title: "Terminal", docs: "mikroclaw agent" },
  can: { edit: false, buttons: false, threads: false, textMax: 65_536 },
  configure: () => ({}),
};
