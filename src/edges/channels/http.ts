// The gateway's POST /chat as a channel: the reply is the answer to the request, so there is
// nothing to poll and nothing to send.

import type { Channel } from "../../port/channel.ts";

/** HTTP clients of the gateway. */
export const http: Channel<Record<string, never>> = {
  id: "http",
  meta: { title: "HTTP", docs: "POST /chat" },
  can: { edit: false, buttons: false, threads: true, textMax: 65_536 },
  configure: () => ({}),
};
