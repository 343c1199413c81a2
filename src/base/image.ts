// Pictures as model services take them: base64 text and its media type, which is read from the
// first bytes, as services refuse a picture whose type is told wrongly.

import { type Fault, fault, type Outcome } from "./fault.ts";
import { IMAGE_BYTES_MAX, IMAGES_UNITS_MAX } from "./limits-models.ts";

export interface Image {
  readonly mediaType: string;
  /** Base64 (RFC 4648 section 4). */
  readonly data: string;
}

// The signatures of https://mimesniff.spec.whatwg.org/#matching-an-image-type-pattern in base64:
// what every service takes.
const BEGINS: ReadonlyArray<readonly [mediaType: string, begin: RegExp]> = [
  ["image/jpeg", /^\/9j\//],
  ["image/png", /^iVBORw0KGgo/],
  ["image/gif", /^R0lGOD[dl]h/],
  ["image/webp", /^UklGR.{6}XRUJQ/],
];

/** The picture of base64 text, which may stand in a data URL. */
export function readImage(text: string): Outcome<Image> {
  const data = text.replace(/^data:[a-z/+.-]{1,40};base64,/i, "");
  if (data.length > IMAGES_UNITS_MAX) return imageTooBig();
  const mediaType = BEGINS.find(([, begin]) => begin.test(data))?.[0];
  if (mediaType === undefined) {
    return fault("input", "This is no picture that can be looked at.", {
      code: "image",
      next: "Send JPEG, PNG, GIF or WebP.",
    });
  }
  if (data.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(data)) {
    return fault("input", "This picture is not whole base64 text.", {
      code: "image",
      next: "Encode it with: base64 -w0",
    });
  }
  return { mediaType, data };
}

/** The fault of pictures beyond the bound. */
export function imageTooBig(): Fault {
  const kb = IMAGE_BYTES_MAX / 1_024;
  return fault("limit", `The pictures of one message may have ${kb} KB together.`, {
    code: "body_too_large",
    next: "Send a smaller one.",
  });
}
