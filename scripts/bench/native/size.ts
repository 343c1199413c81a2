// Bytes of the binaries and images that are built, whichever they are, beside their budgets.

import { existsSync, statSync } from "node:fs";
import { BUDGETS, KB } from "../../size/budgets.ts";
import type { Figure, Found } from "../figure.ts";

const IMAGE_MORE_BYTES_MAX = 250 * 1_024;

function figuresOf(arch: string, wholeKb: number): Figure[] {
  const binary = `dist/${arch}/mikroclaw`;
  if (!existsSync(binary)) return [];
  const { size, mtimeMs } = statSync(binary);
  const budget = { max: wholeKb * KB, why: "the table of host and product in scripts/size/budgets.ts" };
  const whole: Figure = { key: `native.size.${arch}`, unit: "bytes", values: [size], budget };
  const image = `dist/image/mikroclaw-${arch}.tar`;
  // An older image holds another binary.
  if (!existsSync(image) || statSync(image).mtimeMs < mtimeMs) return [whole];
  const more = { max: IMAGE_MORE_BYTES_MAX, why: "layer, licences and manifests beside the binary" };
  return [
    whole,
    { key: `native.image-more.${arch}`, unit: "bytes", values: [statSync(image).size - size], budget: more },
  ];
}

/** One value each; they do not vary. */
export async function nativeSize(): Promise<Found> {
  const rows = Object.entries(BUDGETS).map(([arch, { whole }]) => ({ arch, figures: figuresOf(arch, whole) }));
  const missing = rows.filter(({ figures }) => figures.length === 0).map(({ arch }) => arch);
  const imageless = rows.filter(({ figures }) => figures.length === 1).map(({ arch }) => arch);
  return {
    title: "Size of the router's binaries, stripped, and what their images add",
    command: "stat dist/ARCH/mikroclaw dist/image/mikroclaw-ARCH.tar",
    state: "everything in: all channels and providers, skills, authorities; no gateway TLS",
    figures: rows.flatMap(({ figures }) => figures),
    notes: [
      ...(missing.length > 0 ? [`not built: ${missing.join(", ")} (make binary ARCH="${missing.join(" ")}")`] : []),
      ...(imageless.length > 0 ? [`no image of this binary: ${imageless.join(", ")} (make image)`] : []),
    ],
  };
}
