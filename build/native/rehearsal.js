// A host for the bundle inside scripts/native/bcgen.c: `mikroclaw gateway` with a router, a model and Telegram
// that are down at first and up later, a request for /health, and nobody who asks anything. What runs here is what every
// start needs, and it is put where it unpacks first. Numbers are those of src/port/abi.ts; time stands still but for timers.

(() => {
  const END_MS = 90_000;
  const REFUSED = 2;
  const NOTFOUND = 8;
  const env = {
    ROUTER_HOST: "127.0.0.1:80",
    ROUTER_USER: "admin",
    ROUTER_PASS: "rehearsal",
    LLM_BASE_URL: "http://127.0.0.1:81/v1",
    LLM_API_KEY: "rehearsal",
    MODEL: "rehearsal",
    BOT_TOKEN: "123456:rehearsal_abcdefghijklmnopqrstuvw",
    TELEGRAM_ALLOWLIST: "1",
    TELEGRAM_API_ROOT: "http://127.0.0.1:82",
  };
  const info = {
    inTty: false,
    outTty: false,
    columns: 80,
    cwd: "/",
    host: "native",
    engine: "quickjs",
    pid: 1,
    roots: ["config"],
  };
  const bytesOf = (text) => Uint8Array.from(text, (c) => c.charCodeAt(0));
  const textOf = (bytes) => Array.from(bytes, (b) => String.fromCharCode(b)).join("");
  const bodies = [
    [
      "/rest/system/resource",
      '{"version":"7.20 (stable)","board-name":"x86","uptime":"1d","architecture-name":"x86_64"}',
    ],
    ["/getMe", '{"ok":true,"result":{"id":1,"is_bot":true,"first_name":"r","username":"r_bot"}}'],
    ["/getUpdates", '{"ok":true,"result":[]}'],
    ["/models", '{"object":"list","data":[{"id":"rehearsal"}]}'],
    ["/rest/", "[]"],
    ["", '{"ok":true,"result":true}'],
  ];
  const polls = { left: 2 };
  const answer = (request) => {
    const line = request.slice(0, request.indexOf("\r\n"));
    if (line.includes("/getUpdates") && polls.left-- <= 0) return "";
    const body = bodies.find(([part]) => line.includes(part))[1];
    return `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  };
  let now = 0;
  let handles = 0;
  let accepts = 1;
  const refusals = new Map();
  const toRead = new Map(); // by handle: what the other side sends
  const waiting = [];
  const written = (handle, bytes) => {
    const text = textOf(bytes);
    if (/^[A-Z]+ \//.test(text)) toRead.set(handle, (toRead.get(handle) ?? "") + answer(text));
    return bytes.length;
  };
  // → [code, value], or undefined: not yet
  const outcomes = {
    34: () => [0, '["127.0.0.1"]'],
    35(to) {
      const { port } = JSON.parse(to);
      const left = refusals.get(port) ?? 1;
      refusals.set(port, left - 1);
      return left > 0 ? [REFUSED, "refused"] : [0, ++handles];
    },
    36: () => [0, JSON.stringify({ handle: ++handles, port: 8080 })],
    37() {
      if (accepts-- <= 0) return undefined;
      toRead.set(++handles, "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
      return [0, JSON.stringify({ handle: handles, peer: "127.0.0.1" })];
    },
    38(handle) {
      const text = toRead.get(handle);
      toRead.delete(handle);
      return text ? [0, bytesOf(text)] : undefined;
    },
    39: (handle, bytes) => [0, written(handle, bytes)],
    40: () => [0, undefined],
    41: () => [0, undefined],
  };
  const outcome = ({ op, a, b }) => {
    if (op >= 48 && op <= 56) return [NOTFOUND, "no file"];
    return outcomes[op]?.(a, b);
  };
  globalThis.__host = {
    sync(op, a, b) {
      switch (op) {
        case 1:
          return now;
        case 2:
          return 1_700_000_000_000 + now;
        case 3:
          return new Uint8Array(a);
        case 5:
          return '["gateway","--port","8080"]';
        case 6:
          return env[a];
        case 9:
          return JSON.stringify(info);
        case 11:
          return bytesOf(a);
        case 12:
          return textOf(a);
        case 13:
          return written(a, b);
        default:
          return undefined;
      }
    },
    submit(id, op, a, b) {
      waiting.push({ id, op, a, b, due: op === 32 ? now + a : Infinity });
    },
    cancel(id) {
      const found = waiting.find((w) => w.id === id);
      if (found !== undefined) found.canceled = true;
    },
  };
  const complete = (w, code, value) => {
    waiting.splice(waiting.indexOf(w), 1);
    __complete(w.id, code, value);
    return true;
  };
  return () => {
    for (const w of waiting) {
      const end = w.canceled ? [1, undefined] : outcome(w);
      if (end !== undefined) return complete(w, ...end);
    }
    const next = waiting.reduce((a, b) => (b.due < a.due ? b : a), { due: END_MS });
    if (next.id === undefined) return false;
    now = next.due;
    return complete(next, 0, undefined);
  };
})();
