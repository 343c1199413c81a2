// The reading of a linker's map, on a small one of the linker's own form.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { BUDGETS, verdict } from "../../../scripts/size/budgets.ts";
import { bySource, definitions } from "../../../scripts/size/linkmap.ts";

const MAP = `Discarded input sections

 .text.dropped  0x0000000000000000       0x99 /tmp/a.o

Linker script and memory map

 .text.short    0x0000000000000100        0x5 /tmp/a.ltrans0.o
 .text.a_function_with_a_long_name.lto_priv.0
                0x0000000000000200       0x10 /tmp/a.ltrans0.o
 .text.short.part.0
                0x0000000000000210        0x3 /tmp/a.ltrans0.o
 .rodata.table  0x0000000000000300       0x20 /tmp/a.ltrans0.o
 .rodata.str1.1
                0x0000000000000320        0x7 /tmp/a.ltrans0.o
 .rodata.parts  0x0000000000000400      0x100 parts.o
 .text.puts     0x0000000000000500        0x8 ../sys/amd64/lib/libc.a(puts.lo)
 .text.nobody   0x0000000000000508        0x2 /tmp/a.ltrans0.o
 .bss.room      0x0000000000001000     0x4000 /tmp/a.ltrans0.o
 .comment       0x0000000000000000       0x27 /tmp/a.ltrans0.o
`;

test("sections are counted for the source that defines their name, and only those in the file", () => {
  const folder = mkdtempSync(join(tmpdir(), "size-"));
  try {
    writeFileSync(join(folder, "one.c"), "void elsewhere(int a);\nextern int table[];\nint short(void)\n{\n}\n");
    writeFileSync(
      join(folder, "two.c"),
      "static const int table[8] = {\n    1,\n};\nstatic int\na_function_with_a_long_name(void)\n{\n}\n",
    );
    const sizes = Object.fromEntries(bySource(MAP, definitions({ us: folder })));
    assert.deepEqual(sizes, {
      parts: 256,
      "us two.c": 48,
      musl: 8,
      "us one.c": 8,
      "strings and constants": 7,
      "without a known source": 2,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("a total at its budget is reached, a byte more is not", () => {
  const kb = 1024;
  assert.equal(verdict(200 * kb, 200), "reached");
  assert.equal(verdict(200 * kb + 1, 200), "not reached");
  for (const [arch, { host, product, whole }] of Object.entries(BUDGETS)) {
    assert.ok(host < whole && product < host, arch);
  }
});
