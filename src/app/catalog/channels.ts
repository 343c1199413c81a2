// One line a channel.
export { cli } from "../../edges/channels/cli.ts";
export { http } from "../../edges/channels/http.ts";
export { telegram } from "../../edges/channels/telegram.ts";
