#!/usr/bin/env bash
# Fetches the MIT-BIH arrhythmia database 1.0.0 (Moody and Mark 2001; PhysioNet, Open Data Commons Attribution License 1.0; 48
# records, 104 MB). Headers state checksums of the signals, which the trainer compares.
set -euo pipefail
# shellcheck source=scripts/download_files.sh
. "$(dirname "${BASH_SOURCE[0]}")/download_files.sh"

begin data/mitdb https://physionet.org/files/mitdb/1.0.0 "$@"
refuse_existing "$output"
readonly partial=$output.partial
mkdir -p "$partial"
fetch "$address/RECORDS" "$partial/RECORDS"
while read -r record; do
  [ -n "$record" ] || continue
  [[ $record =~ ^[A-Za-z0-9_-]+$ ]] || fail "$partial/RECORDS names '$record', which is no record; remove it and run this again"
  for extension in hea atr dat; do
    fetch "$address/$record.$extension" "$partial/$record.$extension"
  done
done <"$partial/RECORDS"
compgen -G "$partial/*.dat" >/dev/null || fail "$address/RECORDS names no record"
mv "$partial" "$output"
say "done: $(find "$output" -name '*.dat' | wc -l) records in $output"
