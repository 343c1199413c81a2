// The lowest layers over the simulator: streams in pieces, timers and deadlines, names,
// files through a power cut, hashes, text. For comparing engines.

import { base64, concat, hex } from "../../src/base/bytes.ts";
import { fault, isFault, type Outcome, type Wait } from "../../src/base/fault.ts";
import { sha256Hex } from "../../src/base/hash.ts";
import { parseJson, stableJson } from "../../src/base/json.ts";
import { gather, launch, rootScope, type Scope, withScope } from "../../src/base/scope.ts";
import { isoTime } from "../../src/base/time.ts";
import { decodeUtf8, encodeUtf8 } from "../../src/base/utf8.ts";
import { makeWorld, type World } from "../../src/host/sim/sim.ts";
import { makeBridge } from "../../src/port/bridge.ts";
import type { Host, Stream } from "../../src/port/host.ts";
import { offer } from "./stepper.ts";

const PORT = 7_000;

function hostOf(w: World, name: string, address: string): Host {
  const machine = w.machine(name, { address, roots: { workspace: { "a/note.txt": "first" } } });
  const { host, complete } = makeBridge(machine.abi);
  machine.onComplete(complete);
  return host;
}

async function readAll(s: Scope, stream: Stream): Wait<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for (;;) {
    const piece = await stream.read(s, 3_000);
    if (isFault(piece)) return piece;
    if (piece.length === 0) return concat(pieces);
    pieces.push(piece);
  }
}

/** Answers each connection with a JSON text about what it read. */
async function answerOne(s: Scope, host: Host, stream: Stream): Wait<void> {
  const all = await readAll(s, stream);
  if (!isFault(all)) {
    await host.clock.sleep(s, all.length % 50);
    const text = stableJson({
      size: all.length,
      sha256: sha256Hex(all),
      peer: stream.peer,
      text: decodeUtf8(all.subarray(0, 99)),
    });
    await stream.write(s, encodeUtf8(text));
    await stream.shutdown(s);
  }
  await stream.close();
}

async function serve(s: Scope, host: Host): Wait<void> {
  const listener = await host.listen(s, { host: "0.0.0.0", port: PORT });
  if (isFault(listener)) return listener;
  s.onEnd(() => listener.close());
  for (;;) {
    const stream = await listener.accept(s);
    if (isFault(stream)) return stream;
    launch(s, 60_000, (inner) => answerOne(inner, host, stream));
  }
}

async function ask(s: Scope, host: Host, bytes: Uint8Array): Wait<string> {
  const stream = await host.connect(s, { host: "server", port: PORT });
  if (isFault(stream)) return stream;
  const written = await stream.write(s, bytes);
  if (!isFault(written)) await stream.shutdown(s);
  const answer = isFault(written) ? written : await readAll(s, stream);
  await stream.close();
  if (isFault(answer)) return answer;
  const parsed = parseJson(decodeUtf8(answer));
  return isFault(parsed) ? parsed : stableJson(parsed);
}

const say = (r: Outcome<unknown>): string => (isFault(r) ? `${r.fault}/${r.code ?? ""}` : String(r));

/** Files: a replacement, an append that is not synced, what is left after a power cut. */
async function files(s: Scope, w: World, host: Host): Promise<string> {
  const workspace = host.files("workspace");
  if (workspace === null) return "nothing mounted";
  const replaced = await workspace.replace(s, "a/note.txt", encodeUtf8("second"));
  const appended = await workspace.append(s, "log.txt", w.chance("log").bytes(3_000), false);
  const list = await workspace.list(s, "", 10);
  return [say(replaced), say(appended), isFault(list) ? say(list) : [...list].sort().join()].join(" ");
}

async function main(w: World): Promise<string> {
  const server = hostOf(w, "server", "10.0.0.1");
  const client = hostOf(w, "client", "10.0.0.2");
  const up = rootScope(server.timers);
  const serving = serve(up.scope, server);
  const root = rootScope(client.timers);
  const chance = w.chance("sizes");
  const told: string[] = [isoTime(client.clock.wallMs()), base64(client.random.bytes(9))];
  await client.clock.sleep(root.scope, 5);
  for (let round = 0; round < 4; round += 1) {
    const bodies = [...new Array(4).keys()].map(() => chance.bytes(chance.below(30_000)));
    const answers = await gather(
      root.scope,
      20_000,
      bodies.map((b) => (s: Scope) => ask(s, client, b)),
    );
    told.push(...answers.map(say));
    const late = await withScope(root.scope, 1 + chance.below(40), (s) => ask(s, client, chance.bytes(50_000)));
    told.push(say(late));
  }
  told.push(say(await client.resolve(root.scope, "nowhere")), await files(root.scope, w, client));
  const machine = w.machines[1];
  machine?.crash();
  told.push(hex(machine?.disk("workspace").read("log.txt") ?? new Uint8Array(0)));
  up.stop(fault("stopped", "over"));
  told.push(say(await serving));
  await up.end();
  return sha256Hex(told.join("\n"));
}

offer((seed) => {
  const world = makeWorld({ seed, wallStartMs: 1_767_225_600_000 });
  return { world, main: main(world) };
});
