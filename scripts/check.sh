#!/usr/bin/env bash
# Everything that judges the sources without running them. All checks run, so that one
# report names all that is wrong; the exit code is 1 when any found something.
set -uo pipefail
cd "$(dirname "$0")/.."

failed=()
check() {
  local name=$1
  shift
  if "$@"; then printf 'ok: %s\n' "$name"; else failed+=("$name"); fi
}

check "types of the core (tsc)" node node_modules/typescript/bin/tsc -p tsconfig.json
check "types with Node (tsc)" node node_modules/typescript/bin/tsc -p tsconfig.node.json
check "lint and format (biome)" node_modules/.bin/biome ci --colors=off --reporter=summary --error-on-warnings .
check "unused code (knip)" node_modules/.bin/knip
check "house rules (tidy)" node --import tsx scripts/tidy.ts
check "lock file is whole" node --import tsx scripts/lock.ts
check "generated tables are current" node --import tsx scripts/gen-commands.ts --check

if [ "${#failed[@]}" -gt 0 ]; then
  printf 'found something: %s\n' "${failed[@]}" >&2
  exit 1
fi
