# Shared by scripts/download_*.sh (sourced, not run): fetching what goes on where it stopped, and words of one kind.
# shellcheck shell=bash
readonly download_name=$(basename "$0" .sh)

say() { printf '%s: %s\n' "$download_name" "$*"; }
fail() {
  say "$*" >&2
  exit 1
}

# refuse_existing FOLDER: nothing that is there is written over.
refuse_existing() {
  [ -e "$1" ] || return 0
  grep -qs "synthetic stand-in" "$1/README.md" || fail "$1 exists already; nothing done"
  fail "$1 holds the synthetic stand-in; remove it (rm -r $1) and run this again"
}

# fetch ADDRESS FILE [MD5]: an interrupted download goes on where it stopped; MD5 is what the publisher states.
fetch() {
  local address=$1 file=$2 sum=${3:-}
  if [ ! -e "$file" ]; then
    say "fetching $address"
    if command -v curl >/dev/null; then
      curl --fail --location --retry 3 --continue-at - --output "$file.part" "$address"
    elif command -v wget >/dev/null; then
      wget --continue --tries 3 --output-document "$file.part" "$address"
    else
      fail "needs curl or wget (apt-get install curl)"
    fi || fail "the download stopped; run this again to go on where it stopped"
    mv "$file.part" "$file"
  fi
  [ -z "$sum" ] || [ "$(md5sum <"$file" | cut -d ' ' -f 1)" = "$sum" ] ||
    fail "$file is damaged (its checksum is not the publisher's); remove it and run this again"
}
