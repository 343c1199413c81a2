// The command line of `mikroclaw sim`.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault, sayFault } from "../../../src/base/fault.ts";
import { readSimArgs } from "../../../src/cli/sim-args.ts";

test("defaults, with and without the word sim", () => {
  const plain = {
    port: 18_780,
    user: "admin",
    password: "admin",
    seed: 1,
    bind: "127.0.0.1",
    seats: {},
    json: false,
    help: false,
  };
  assert.deepEqual(readSimArgs([]), plain);
  assert.deepEqual(readSimArgs(["sim"]), plain);
});

test("values keep their text: mri's guesses of numbers are not taken", () => {
  const asked = readSimArgs(["sim", "--port", "080", "--user", "007", "--password", "1e3", "--json", "--seed=5"]);
  assert.deepEqual(asked, {
    port: 80,
    user: "007",
    password: "1e3",
    seed: 5,
    bind: "127.0.0.1",
    seats: {},
    json: true,
    help: false,
  });
});

const wrong: ReadonlyArray<readonly [string[], RegExp]> = [
  [["--prt", "1"], /--prt is not a flag of mikroclaw sim\. Did you mean --port\?/],
  [["--jsonn"], /Did you mean --json\?/],
  [["--port", "65536"], /--port needs a number from 0 to 65535/],
  [["--port", "-1"], /-1 is not a flag/],
  [["--zzz"], /Its flags: --port --user/],
  [["--port", "1", "--port", "2"], /--port needs one value/],
  [["--port"], /--port needs one value/],
  [["--seed", "x"], /--seed needs a number/],
  [["--user", "a:b"], /cannot hold a colon/],
  [["--bind", "0.0.0.0"], /loopback only, not on 0\.0\.0\.0\. Use --bind 127\.0\.0\.1/],
  [["sim", "more"], /"more" is one word too many/],
];

for (const [argv, says] of wrong) {
  test(`refused: ${argv.join(" ")}`, () => {
    const asked = readSimArgs(argv);
    assert.ok(isFault(asked));
    assert.match(sayFault(asked), says);
  });
}

test("the short flag for help", () => {
  const asked = readSimArgs(["-h"]);
  assert.ok(!isFault(asked) && asked.help);
});

test("a release, a device-mode and reach", () => {
  const asked = readSimArgs(["--ros", "7.16", "--mode", "home", "--reach"]);
  assert.ok(!isFault(asked));
  assert.deepEqual([asked.ros, asked.deviceMode, asked.reach], ["7.16", "home", {}]);
  const wrong = readSimArgs(["--mode", "enterprise"]);
  assert.ok(isFault(wrong) && wrong.what.includes("home, basic, advanced, rose"));
});
