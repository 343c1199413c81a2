// A text for a phone's camera: fenced, as a chat shows it in a font of fixed width.

import { isFault } from "../../base/fault.ts";
import { qrCode, qrText } from "../../base/qr.ts";

/** A text and its code to be scanned, told to the person. */
export function withCode(head: string, text: string, isDark: boolean): string {
  const code = qrCode(text);
  return isFault(code) ? `${head}\n${text}` : `${head}\n${text}\n\n\`\`\`\n${qrText(code, isDark)}\n\`\`\``;
}
