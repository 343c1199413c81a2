// Made by scripts/gen-tools.ts at build time from the tools' zod/mini definitions.

declare module "gen:tools" {
  /** JSON Schema text of a tool's arguments, by the tool's name. */
  export const TOOL_SCHEMAS: Readonly<Record<string, string>>;
}
