#!/usr/bin/env bash
# Gets what the native build needs: compilers by apt, and the sources of build/sources.lock with
# apt's client from a private list in dist/native (the machine's own lists are left as they are).
# Every file is checked against its sum. With all there it works offline and takes a moment.
# Arguments: processors (all of build/native/targets unless given). Exit code 3: not to be had here.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/native/target.sh

readonly ROOT=$PWD WORK=dist/native CACHE=dist/native/cache
readonly KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
SUITE=$(awk '$1 == "suite" { print $2 }' build/sources.lock)

say() { printf '%s\n' "$*" >&2; }
unavailable() {
  say "$*"
  exit 3
}

locked() { awk '!/^#/ && NF == 5' build/sources.lock; }

# Packages that the processors given need and the machine lacks.
missing_packages() {
  local own name
  own=$(dpkg --print-architecture)
  command -v make >/dev/null || echo make
  command -v patch >/dev/null || echo patch
  command -v xz >/dev/null || echo xz-utils
  command -v bzip2 >/dev/null || echo bzip2
  command -v zopfli >/dev/null || echo zopfli
  # The bytecode compiler runs here, so the machine's own compiler and C library are needed too.
  command -v gcc >/dev/null || echo gcc
  [ -f /usr/include/stdlib.h ] || echo libc6-dev
  for name in "$@"; do
    target "$name"
    if [ "$DEBIAN" = "$own" ]; then
      [ -d "/usr/include/$TRIPLE/asm" ] || echo linux-libc-dev
      continue
    fi
    command -v "$CC" >/dev/null || echo "gcc-${TRIPLE/_/-}"
    kernel_headers >/dev/null || echo "linux-libc-dev-$DEBIAN-cross"
    command -v "$QEMU" >/dev/null || echo qemu-user-static
  done
}

install_packages() {
  local wanted
  mapfile -t wanted < <(missing_packages "$@" | sort -u)
  if [ "${#wanted[@]}" -eq 0 ]; then return; fi
  if [ "$(id -u)" -ne 0 ]; then
    unavailable "The native build lacks ${wanted[*]}. Install them: sudo apt-get install ${wanted[*]}"
  fi
  say "apt-get install ${wanted[*]}"
  local get=(env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300)
  local install=("${get[@]}" install -y --no-install-recommends "${wanted[@]}")
  if "${install[@]}" >"$WORK/apt.log" 2>&1 </dev/null; then return; fi
  if "${get[@]}" update >>"$WORK/apt.log" 2>&1 && "${install[@]}" >>"$WORK/apt.log" 2>&1 </dev/null; then return; fi
  tail -5 "$WORK/apt.log" >&2
  unavailable "apt-get could not install ${wanted[*]} (all it said: $WORK/apt.log). Check the connection and try again."
}

whole() { printf '%s  %s\n' "$2" "$CACHE/$1" | sha256sum --check --status 2>/dev/null; }

# The address of Debian's mirror that this machine uses, else the public one.
mirror() {
  local uri
  uri=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/debian.sources 2>/dev/null | awk '
    $1 == "URIs:" || $1 == "deb" { for (i = 2; i <= NF; i++) if ($i ~ /:\// && $i !~ /security/) { print $i; exit } }')
  printf '%s\n' "${uri:-http://deb.debian.org/debian}"
}

# apt-get with a list and a state of its own.
private_apt() {
  local apt=$ROOT/$WORK/apt
  mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
  printf 'deb-src [signed-by=%s] %s %s main\n' "$KEYRING" "$(mirror)" "$SUITE" >"$apt/sources.list"
  apt-get -q -o Dir::Etc::sourcelist="$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::State::Lists="$apt/lists" -o Dir::Cache="$apt/cache" -o APT::Sandbox::User=root "$@"
}

# Puts the archives of the packages given into the folder given.
download() {
  local folder=$1
  shift
  private_apt update && (cd "$folder" && private_apt source --download-only --tar-only "$@")
}

fetch_sources() {
  local package file sum wanted=() folder
  while read -r _ package _ file sum; do whole "$file" "$sum" || wanted+=("$package"); done < <(locked)
  if [ "${#wanted[@]}" -eq 0 ]; then return; fi
  say "fetching the sources of ${wanted[*]} ($SUITE)"
  [ -f "$KEYRING" ] || unavailable "$KEYRING is missing, so Debian's sources cannot be checked: apt-get install debian-archive-keyring"
  folder=$(mktemp -d "$WORK/fetch.XXXXXX")
  if ! download "$folder" "${wanted[@]}" >"$WORK/fetch.log" 2>&1; then
    rm -rf "$folder"
    tail -5 "$WORK/fetch.log" >&2
    unavailable "apt-get could not fetch the sources of ${wanted[*]} (all it said: $WORK/fetch.log). Check the connection and try again."
  fi
  find "$folder" -type f -exec mv -f -t "$CACHE" {} +
  rmdir "$folder"
  check_sources
}

# After a fetch: names what is not the file of build/sources.lock.
check_sources() {
  local package version file sum
  while read -r _ package version file sum; do
    if whole "$file" "$sum"; then continue; fi
    if [ -f "$CACHE/$file" ]; then
      say "$CACHE/$file is not the file that build/sources.lock names (its SHA-256 differs). Delete it and try again."
      exit 1
    fi
    say "$SUITE no longer has $package $version. Put $file into $CACHE, or choose a newer one in build/sources.lock."
    exit 3
  done < <(locked)
}

# The state that dist/native/src was made from.
recipe() { cat build/sources.lock build/native/patches/* scripts/toolchain.sh | sha256sum; }

unpack_sources() {
  local folder package file patch
  if [ "$(cat "$WORK/src/recipe" 2>/dev/null)" = "$(recipe)" ]; then return; fi
  rm -rf "$WORK/src"
  while read -r folder package _ file _; do
    mkdir -p "$WORK/src/$folder"
    tar -xf "$CACHE/$file" -C "$WORK/src/$folder" --strip-components=1
    for patch in "build/native/patches/$package-"*.patch; do
      [ -f "$patch" ] || continue
      patch -d "$WORK/src/$folder" -p1 --fuzz=0 --quiet --no-backup-if-mismatch <"$patch"
    done
  done < <(locked)
  recipe >"$WORK/src/recipe"
}

mapfile -t names < <(if [ "$#" -gt 0 ]; then printf '%s\n' "$@"; else targets; fi)
for name in "${names[@]}"; do target "$name"; done
if ! command -v apt-get >/dev/null || ! command -v dpkg >/dev/null; then
  unavailable "The native build needs Debian: it gets compilers and sources by apt-get, and there is none here."
fi
mkdir -p "$CACHE"
install_packages "${names[@]}"
fetch_sources
unpack_sources
