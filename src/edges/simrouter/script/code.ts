// A RouterOS script as a tree: statements, expressions, values. Read by read.ts, run by
// run.ts. Facts: MikroTik manual, Scripting (data types, operators, commands).

export type Kind = "str" | "num" | "bool" | "time" | "ip" | "ip-prefix" | "id" | "nil" | "nothing";

export interface Plain {
  readonly is: Kind;
  /** As it was written. */
  readonly text: string;
}

export interface List {
  readonly is: "array";
  readonly items: ReadonlyArray<readonly [key: string | null, value: Value]>;
}

export interface Code {
  readonly is: "code";
  readonly body: Block;
}

export type Value = Plain | List | Code;

export type Expr =
  | { readonly give: "value"; readonly value: Value }
  /** A string with variables and results in it. */
  | { readonly give: "text"; readonly parts: readonly Expr[] }
  | { readonly give: "variable"; readonly name: string }
  /** A bare word of a condition: the row's property. */
  | { readonly give: "property"; readonly name: string }
  | { readonly give: "result"; readonly body: Block }
  | { readonly give: "list"; readonly items: ReadonlyArray<readonly [string | null, Expr]> }
  | { readonly give: "not" | "minus"; readonly of: Expr }
  | { readonly give: "join"; readonly by: string; readonly left: Expr; readonly right: Expr };

export interface Args {
  readonly items: readonly Expr[];
  readonly named: ReadonlyMap<string, Expr>;
  readonly unset: readonly string[];
  readonly flags: ReadonlySet<string>;
  readonly where: Expr | null;
}

export interface WordArgs {
  readonly items: readonly Expr[];
  readonly named: ReadonlyMap<string, Expr>;
}

export type Statement = { readonly line: number } & (
  | { readonly run: "command"; readonly menu: string; readonly verb: string; readonly args: Args }
  /** A command of the language itself. */
  | { readonly run: "word"; readonly name: string; readonly args: WordArgs }
  /** `$name …`: a function. */
  | { readonly run: "call"; readonly of: Expr; readonly args: WordArgs }
  | { readonly run: "value"; readonly of: Expr }
  | { readonly run: "block"; readonly body: Block }
);

export type Block = readonly Statement[];
