// One line a channel.
export { chat } from "../../edges/channels/chat.ts";
export { cli } from "../../edges/channels/cli.ts";
export { telegram } from "../../edges/channels/telegram.ts";
