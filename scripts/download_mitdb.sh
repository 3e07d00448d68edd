#!/usr/bin/env bash
# Fetches the MIT-BIH arrhythmia database 1.0.0 (Moody and Mark 2001; PhysioNet, Open Data Commons Attribution License
# 1.0; 48 records, 104 MB) into data/mitdb, or into the folder given as the only argument. Files that are there already
# are kept, so an interrupted download goes on where it stopped; headers state checksums, which the trainer compares.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly address=https://physionet.org/files/mitdb/1.0.0
readonly output=${1:-data/mitdb}

say() { printf 'download_mitdb: %s\n' "$*"; }
fail() {
  say "$*" >&2
  exit 1
}

fetch() {
  if command -v curl >/dev/null; then
    curl --fail --silent --show-error --location --retry 3 --output "$1.part" "$2"
  elif command -v wget >/dev/null; then
    wget --quiet --tries 3 --output-document "$1.part" "$2"
  else
    fail "needs curl or wget (apt-get install curl)"
  fi
  mv "$1.part" "$1"
}

mkdir -p "$output"
[ -s "$output/RECORDS" ] || fetch "$output/RECORDS" "$address/RECORDS" || fail "the download stopped; run this again"
while read -r record; do
  [ -n "$record" ] || continue
  for extension in hea atr dat; do
    [ -s "$output/$record.$extension" ] && continue
    say "$record.$extension"
    fetch "$output/$record.$extension" "$address/$record.$extension" ||
      fail "the download stopped; run this again to go on where it stopped"
  done
done <"$output/RECORDS"
say "done: $(find "$output" -name '*.dat' | wc -l) records in $output"
