// The house rules, checked: `node --import tsx scripts/tidy.ts` prints `file:line rule message`
// for each breach and ends with 1 if there is any.

import { sayFinding, tidy } from "./tidy/run.ts";

const found = tidy(process.cwd());
for (const finding of found) process.stdout.write(`${sayFinding(finding)}\n`);
if (found.length > 0) {
  process.stdout.write(`${found.length} breaches of the house rules\n`);
  process.exitCode = 1;
}
