// Pictures are told by their first bytes, as browsers tell them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "../../../src/base/fault.ts";
import { readImage } from "../../../src/base/image.ts";
import { IMAGE_BYTES_MAX, IMAGES_UNITS_MAX } from "../../../src/base/limits-models.ts";
import { PNG } from "../../support/pictures.ts";

const base64 = (...bytes: Array<number | string>): string =>
  Buffer.concat(bytes.map((b) => (typeof b === "number" ? Buffer.from([b]) : Buffer.from(b, "latin1")))).toString(
    "base64",
  );

test("the media type is that of the bytes", () => {
  const rows: ReadonlyArray<readonly [type: string, data: string]> = [
    ["image/jpeg", base64(0xff, 0xd8, 0xff, 0xe0, "\0\x10JFIF\0")],
    ["image/jpeg", base64(0xff, 0xd8, 0xff, 0xdb)],
    ["image/png", PNG.data],
    ["image/gif", base64("GIF87a\x01\0")],
    ["image/gif", base64("GIF89a\x01\0")],
    ["image/webp", base64("RIFF\x24\0\0\0WEBPVP8 ")],
    ["image/webp", base64("RIFF\xff\xff\xff\xffWEBPVP8L")],
  ];
  for (const [mediaType, data] of rows) {
    assert.deepEqual(readImage(data), { mediaType, data });
    assert.deepEqual(readImage(`data:image/x-other;base64,${data}`), { mediaType, data });
  }
});

test("anything else is no picture", () => {
  const others = [
    ...[
      "",
      "x",
      "<svg>",
      "data:image/png;base64,",
      base64("%PDF-1.7"),
      base64("RIFF\x24\0\0\0WAVEfmt "),
      base64("GIF88a"),
    ],
    ...[
      base64("BM6\0\0"),
      `${PNG.data}=`,
      `${PNG.data.slice(0, -1)}`,
      `${PNG.data.slice(0, 40)}\n${PNG.data.slice(40)}`,
    ],
    ...[`data:text/html,${PNG.data}`, ` ${PNG.data}`, `${PNG.data.replaceAll("/", "_").replaceAll("+", "-")}-_-_`],
  ];
  for (const text of others) assert.ok(isFault(readImage(text)), text.slice(0, 60));
});

test("the bound, on both sides, is that of the bytes before they are base64", () => {
  assert.equal((IMAGE_BYTES_MAX / 3) * 4, IMAGES_UNITS_MAX);
  const most = PNG.data.slice(0, 40).padEnd(IMAGES_UNITS_MAX, "A");
  assert.ok(!isFault(readImage(most)));
  const more = readImage(`${most}AAAA`);
  assert.ok(isFault(more) && /672 KB/.test(more.what));
});
