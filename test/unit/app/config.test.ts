// The configuration as a hostile stranger would write it: files, environment and flags,
// their precedence, and one sentence for each mistake that never repeats a secret.

import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { certificatesIn } from "../../../src/app/authorities.ts";
import { type Config, configSecrets, dumpConfig, loadConfig } from "../../../src/app/config.ts";
import { CONFIG_KEYS } from "../../../src/app/config-keys.ts";
import { redacted } from "../../../src/app/log.ts";
import { routerAddress } from "../../../src/app/router-address.ts";
import { isFault, type Outcome, sayFault } from "../../../src/base/fault.ts";
import { CONFIG_BYTES_MAX } from "../../../src/base/limits.ts";
import { redact } from "../../../src/base/secret.ts";
import { makeCertificates } from "../../support/certificates.ts";
import { configOf } from "../../support/config.ts";
import { listLog } from "../../support/fake-host.ts";
import { makeTestHost } from "../../support/node-host.ts";

const folder = mkdtempSync(join(tmpdir(), "mikroclaw-config-"));
after(() => rmSync(folder, { recursive: true, force: true }));

async function load(
  path: string,
  env: Record<string, string> = {},
  flags: Record<string, string> = {},
): Promise<Outcome<Config>> {
  const { host, scope, end } = makeTestHost({ env: { MIKROCLAW_CONFIG: path, ...env } });
  const config = await loadConfig(scope, host, new Map(Object.entries(flags)));
  await end();
  return config;
}

let files = 0;
function written(content: string | Uint8Array): string {
  files += 1;
  const path = join(folder, `${files}.json`);
  writeFileSync(path, content);
  return path;
}

async function read(content: string): Promise<Config> {
  const config = await load(written(content));
  assert.ok(!isFault(config), JSON.stringify(config));
  return config;
}

async function refused(wait: Promise<Outcome<Config>>): Promise<string> {
  const config = await wait;
  assert.ok(isFault(config), "it was accepted");
  assert.equal(config.code, "bad_config");
  return sayFault(config);
}

test("a file takes JSON's own kinds, numbers in lists, and a byte order mark", async () => {
  const config = await read(
    '\ufeff{"telegramAllowlist":[123,"anna"],"gatewayPort":1,"llmStreaming":false,"pairingRequired":"on"}',
  );
  assert.deepEqual(config.list("TELEGRAM_ALLOWLIST"), ["123", "anna"]);
  assert.equal(config.number("GATEWAY_PORT"), 1);
  assert.equal(config.on("LLM_STREAMING"), false);
  assert.equal(config.on("PAIRING_REQUIRED"), true);
  assert.equal((await read("{}")).settings.size, CONFIG_KEYS.filter((k) => k.standard !== undefined).length);
});

test("each mistake in a file is one sentence that names the place", async () => {
  const cases: ReadonlyArray<readonly [content: string, said: RegExp]> = [
    ["", /not valid JSON: .*empty/],
    ["{", /not valid JSON/],
    ["[]", /must hold one JSON object/],
    ["null", /must hold one JSON object/],
    ['{"model":["a"]}', /"model" in .* must be text in quotes/],
    ['{"model":null}', /"model" in .* must be text in quotes/],
    ['{"routerPass":1234}', /"routerPass" in .* must be text in quotes/],
    ['{"gatewayPort":true}', /"gatewayPort" in .* must be a number/],
    ['{"gatewayPort":1.5}', /"gatewayPort" in .* whole number from 0 to 65535/],
    ['{"gatewayNames":{"a":1}}', /"gatewayNames" in .* must be a list/],
    ['{"telegramAllowlist":[[1]]}', /"telegramAllowlist" in .* must be a list/],
    ['{"pairingRequired":[]}', /"pairingRequired" in .* true or false/],
    ['{"modle":"m"}', /unknown key "modle"\. Did you mean "model"\?/],
    ['{"ROUTER_HOST":"r"}', /Did you mean "routerHost"\?/],
    ['{"__proto__":{"model":"m"}}', /unknown key "__proto__"/],
    ['{"\\u005f_proto__":1,"model":"m"}', /unknown key "__proto__"/],
    ['{"constructor":1}', /unknown key "constructor"/],
    ['{"model":"a","mod\\u0065l":"b"}', /the key "model" twice/],
    ['{"routerHost":"http://u:hush-hush@r"}', /"routerHost" in .* ROUTER_USER and ROUTER_PASS/],
  ];
  for (const [content, said] of cases) {
    const sentence = await refused(load(written(content)));
    assert.match(sentence, said, content);
    assert.doesNotMatch(sentence, /hush/);
  }
  assert.equal((await read('{"model":"__proto__: \\"x\\":"}')).text("MODEL"), '__proto__: "x":');
});

test("what is no readable file of fitting size is said", async () => {
  const big = written(`{"model":"${"m".repeat(CONFIG_BYTES_MAX)}"}`);
  assert.match(await refused(load(big)), /larger than/);
  const fits = `{"model":"m"${" ".repeat(CONFIG_BYTES_MAX - 13)}}`;
  assert.equal((await read(fits)).text("MODEL"), "m");
  assert.match(await refused(load(folder)), /could not be read/);
  assert.match(await refused(load(join(folder, "missing.json"))), /could not be read: There is nothing/);
  assert.match(await refused(load(written(new Uint8Array([0x7b, 0xff, 0x7d])))), /not UTF-8/);
  const link = join(folder, "link.json");
  symlinkSync("/dev/zero", link);
  assert.match(await refused(load(link)), /could not be read/);
  const closed = written("{}");
  chmodSync(closed, 0o000);
  if (process.getuid?.() !== 0) assert.match(await refused(load(closed)), /does not allow/);
});

test("file, environment and flags, in growing strength; empty means not set", async () => {
  const path = written('{"gatewayPort":1,"gatewayBind":"127.0.0.1","model":"file"}');
  const config = await load(path, { GATEWAY_PORT: "2", GATEWAY_BIND: "::1", MODEL: "" }, { port: "3" });
  assert.ok(!isFault(config), JSON.stringify(config));
  const told = ["GATEWAY_PORT", "GATEWAY_BIND", "MODEL"].map((env) => dumpConfig(config).find((r) => r.env === env));
  assert.deepEqual(
    told.map((r) => [r?.value, r?.source]),
    [
      ["3", "flag"],
      ["::1", "environment"],
      ["file", "file"],
    ],
  );
  const other = await load("", { MODEL: "env" }, { config: path });
  assert.ok(!isFault(other) && other.text("MODEL") === "env" && other.number("GATEWAY_PORT") === 1);
});

test("every kind of value is checked before anything starts", async () => {
  const cases: ReadonlyArray<readonly [env: Record<string, string>, said: RegExp]> = [
    [{ ROUTER_HOST: "http://admin:hush-hush@192.168.88.1" }, /ROUTER_HOST holds .* ROUTER_USER and ROUTER_PASS/],
    [{ ROUTER_HOST: "admin:hush-hush@192.168.88.1" }, /ROUTER_HOST holds/],
    [{ ROUTER_HOST: "ftp://r" }, /not a host, host:port or URL/],
    [{ ROUTER_HOST: "r/rest" }, /not a host, host:port or URL/],
    [{ ROUTER_PIN: "aa:bb" }, /ROUTER_PIN must be a SHA-256 fingerprint/],
    [{ LLM_PROVIDER: "opanai" }, /LLM_PROVIDER "opanai" .* Did you mean "openai"\?/],
    [{ LLM_BASE_URL: "http://me:hush-hush@m/v1" }, /LLM_BASE_URL must be an http or https URL/],
    [{ GATEWAY_BIND: "everywhere" }, /GATEWAY_BIND must be an IP address/],
    [{ GATEWAY_BIND: "127.0.0.1:80" }, /GATEWAY_BIND must be an IP address/],
    [{ GATEWAY_PORT: "1e3" }, /GATEWAY_PORT must be a whole number/],
    [{ PAIRING_REQUIRED: "maybe" }, /PAIRING_REQUIRED must be 1 or 0/],
    [{ LOG_LEVEL: "loud" }, /LOG_LEVEL must be one of error, warn, info, debug/],
    [{ ROUTER_PASS: "hush\nhush" }, /ROUTER_PASS must be one line/],
    [{ MODEL: "a\u0000b" }, /MODEL must be one line/],
  ];
  for (const [env, said] of cases) {
    const sentence = await refused(load("", env));
    assert.match(sentence, said);
    assert.doesNotMatch(sentence, /hush/);
  }
});

test("line ends and spaces around a value are no part of it, but spaces of a password are", async () => {
  const config = await configOf({
    ROUTER_HOST: " 192.168.88.1\n",
    GATEWAY_BIND: " localhost ",
    ROUTER_PASS: " two words \r\n",
    ROUTER_PIN: `${"AB:".repeat(31)}AB`,
  });
  assert.equal(config.text("ROUTER_HOST"), "192.168.88.1");
  assert.equal(redact("[ two words ]", configSecrets(config)), "[<secret:router_pass>]");
  const address = routerAddress(config, undefined);
  assert.ok(!isFault(address) && address?.tls.pinSha256 === "ab".repeat(32));
});

test("the dump shows no secret, not even one in the query of a URL", async () => {
  const config = await configOf({
    ROUTER_PASS: "hush-hush",
    LLM_BASE_URL: "http://m/v1?api-version=7&api_key=hush-hush",
  });
  const dump = JSON.stringify(dumpConfig(config));
  assert.doesNotMatch(dump, /hush/);
  assert.match(dump, /api-version=7&api_key=\*\*\*/);
});

test("a log line shows neither a secret nor the router's login", async () => {
  const config = await configOf({ ROUTER_USER: "me", ROUTER_PASS: "hush/hush", BOT_TOKEN: "1:hush-token" });
  const log = listLog();
  const basic = Buffer.from("me:hush/hush").toString("base64");
  redacted(log, configSecrets(config)).event("info", "x", {
    a: `Basic ${basic}`,
    b: "http://r/?p=hush%2Fhush",
    c: "bot1:hush-token",
    d: 7,
  });
  const text = JSON.stringify(log.lines);
  assert.doesNotMatch(text, /hush/);
  assert.ok(!text.includes(basic), text);
  assert.match(text, /"d":7/);
});

test("a CA file must hold whole certificates", () => {
  const made = makeCertificates();
  try {
    const { certPem } = made.authority;
    const both = `# mine\r\n${certPem.replaceAll("\n", "\r\n")}${made.selfSigned.certPem}`;
    assert.equal(certificatesIn(both, "ca.pem"), both);
    const middle = certPem.length >> 1;
    const cases: ReadonlyArray<readonly [pem: string, said: RegExp]> = [
      ["", /holds no certificate/],
      ["garbage", /holds no certificate/],
      [made.authority.keyPem, /holds no certificate/],
      [certPem.slice(0, middle), /broken or cut off/],
      [certPem + certPem.slice(0, middle), /broken or cut off/],
      [certPem.slice(0, middle) + certPem.slice(middle + 8), /broken or cut off/],
      ["-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", /broken or cut off/],
    ];
    for (const [pem, said] of cases) {
      const f = certificatesIn(pem, "ca.pem");
      assert.ok(isFault(f) && f.code === "bad_config" && said.test(f.what), `${JSON.stringify(f)} for ${pem}`);
    }
  } finally {
    made.remove();
  }
});
