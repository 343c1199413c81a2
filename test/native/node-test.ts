// node:test for a bare engine: cases are collected, then run one after the other, each
// with one line of JSON about its end.

type Body = () => Promise<void> | void;

const cases: Array<{ name: string; skip: string | undefined; body: Body }> = [];

export function test(name: string, options: { skip?: string }, body: Body): void {
  cases.push({ name, skip: options.skip, body });
}

async function run(body: Body): Promise<string | undefined> {
  try {
    await body();
    return undefined;
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}\n${error.stack ?? ""}` : String(error);
  }
}

/** Runs them all; `say` gets one object for each. */
export async function runAll(say: (line: object) => void): Promise<number> {
  let failures = 0;
  for (const { name, skip, body } of cases) {
    const error = skip === undefined ? await run(body) : undefined;
    failures += error === undefined ? 0 : 1;
    say({ name, skip, error });
  }
  return failures;
}
