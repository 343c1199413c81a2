#!/usr/bin/env bash
# Installs what build and tests need: npm packages (exactly those of package-lock.json), and
# the system's openssl and curl, which some tests use as foreign peers, what the binary's tests make a
# router's container with and read its image with, and for `bench` the loaders wrk and ab and the server lighttpd. Speaks to stderr only.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }

# True when node_modules holds the very versions of the lock file (npm keeps a copy there).
packages_current() {
  [ -f node_modules/.package-lock.json ] && node - <<'JS'
const { readFileSync } = require("node:fs");
const read = (path) => JSON.parse(readFileSync(path, "utf8")).packages;
const have = read("node_modules/.package-lock.json");
const want = read("package-lock.json");
const other = Object.keys(want).find((path) => {
  if (path === "") return false;
  if (have[path] === undefined) return want[path].optional !== true;
  return have[path].version !== want[path].version;
});
process.exit(other === undefined ? 0 : 1);
JS
}

install_packages() {
  if packages_current; then return; fi
  say "npm ci: installing the packages of package-lock.json"
  if npm ci --prefer-offline --no-audit --no-fund >&2 </dev/null; then return; fi
  say "npm ci failed. Check the internet connection or the npm mirror (npm config get registry), then run make again."
  exit 1
}

# Missing programs are no reason to stop: what wants one says that it was left out.
# Arguments: program:package …
install_programs() {
  local missing=()
  local pair
  for pair in "$@"; do
    command -v "${pair%%:*}" >/dev/null 2>&1 || missing+=("${pair##*:}")
  done
  if [ "${#missing[@]}" -eq 0 ]; then return; fi
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    say "not found: ${missing[*]}. What needs them is left out. On Debian: sudo apt-get install ${missing[*]}"
    return
  fi
  say "apt-get install ${missing[*]}"
  if DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}" >&2 </dev/null; then return; fi
  if apt-get update >&2 </dev/null &&
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}" >&2 </dev/null; then
    return
  fi
  say "could not install ${missing[*]}; what needs them is left out."
}

case "${1:-packages}" in
  packages) install_packages ;;
  programs)
    install_programs openssl:openssl curl:curl file:file ip:iproute2 bwrap:bubblewrap strace:strace skopeo:skopeo podman:podman
    ;;
  bench) install_programs wrk:wrk ab:apache2-utils lighttpd:lighttpd taskset:util-linux ;;
  *)
    say "usage: scripts/setup.sh [packages|programs|bench]"
    exit 2
    ;;
esac
