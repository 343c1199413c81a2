// The whole program through one conversation, for comparing engines.

import { encodeUtf8 } from "../../src/base/utf8.ts";
import { outcome, tell } from "../sim/support/story.ts";
import { world } from "../sim/support/worlds.ts";
import { offer } from "./stepper.ts";

declare const __COMMANDS__: Readonly<Record<string, string>>;

offer((seed) => {
  const w = world(seed);
  const story = tell(w, {
    commands: Object.fromEntries(Object.entries(__COMMANDS__).map(([name, text]) => [name, encodeUtf8(text)])),
  });
  const main = story.main.then((wrong) => (wrong.length > 0 ? `failed: ${wrong.join("; ")}` : outcome(story).told));
  return { world: w, main };
});
