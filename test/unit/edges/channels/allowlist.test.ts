import assert from "node:assert/strict";
import { test } from "node:test";
import { telegramAdmits } from "../../../../src/edges/channels/allowlist.ts";
import type { Inbound } from "../../../../src/port/channel.ts";

function from(sender: string, senderName?: string): Inbound {
  const m: Inbound = { channel: "telegram", account: "1", chat: "1", sender, messageId: "1:1", text: "hi", sentMs: 0 };
  return senderName === undefined ? m : { ...m, senderName };
}

test("unset or empty is nobody, * is everyone", () => {
  assert.equal(telegramAdmits(undefined, from("42", "@ada")), false);
  assert.equal(telegramAdmits("", from("42", "@ada")), false);
  assert.equal(telegramAdmits(" , ", from("42")), false);
  assert.equal(telegramAdmits("*", from("42")), true);
});

test("ids and user names, with or without @, in any case, with spaces", () => {
  const list = " 42, @Ada ,bob";
  for (const m of [from("42"), from("1", "@ada"), from("1", "@ADA"), from("1", "@Bob")])
    assert.equal(telegramAdmits(list, m), true);
  for (const m of [from("4"), from("421"), from("1", "@adam"), from("1"), from("1", "@42")])
    assert.equal(telegramAdmits(list, m), false);
});

test("what people call themselves never counts", () => {
  assert.equal(telegramAdmits("ada", from("1", "ada")), false);
  assert.equal(telegramAdmits("@", from("1", "@")), false);
});

test("those who speak for somebody else are never let in", () => {
  for (const id of ["1087968824", "136817688", "777000"]) {
    assert.equal(telegramAdmits("*", from(id, "@GroupAnonymousBot")), false);
    assert.equal(telegramAdmits(`${id},GroupAnonymousBot`, from(id, "@GroupAnonymousBot")), false);
  }
});
