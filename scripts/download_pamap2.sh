#!/usr/bin/env bash
# Fetches PAMAP2 (Reiss and Stricker 2012; UCI Machine Learning Repository, CC BY 4.0; 9 people with sensors at wrist,
# chest and ankle, a download of 656 MB) and writes what the wrist's sensor felt, 100 rows a second, as CSV files for csv_series.
# Rows of no activity have an empty one. The publisher states no checksum; zip's are checked.
set -euo pipefail
# shellcheck source=scripts/download_files.sh
. "$(dirname "${BASH_SOURCE[0]}")/download_files.sh"

# The space-separated file of one person on standard input; columns as its readme lists them.
to_csv() {
  awk 'BEGIN {
    split("1 lying 2 sitting 3 standing 4 walking 5 running 6 cycling 7 nordic_walking 12 stairs_up 13 stairs_down " \
          "16 vacuuming 17 ironing 24 rope_jumping", words, " ")
    for (i = 1; i in words; i += 2) names[words[i]] = words[i + 1]
    print "time,acc_x,acc_y,acc_z,gyro_x,gyro_y,gyro_z,activity"
  }
  NF == 54 { print $1 "," $5 "," $6 "," $7 "," $11 "," $12 "," $13 "," names[$2] }'
}

if [ "${1:-}" = --convert ]; then # for tests
  to_csv
  exit
fi
begin data/pamap2 https://archive.ics.uci.edu/static/public/231 "$@"
refuse_existing "$output"
needs_unzip
readonly partial=$output.partial
fetch "$address/pamap2+physical+activity+monitoring.zip" "$output.zip"
rm -rf "$partial"
mkdir "$partial" "$partial/raw"
unpack "$output.zip" "$partial/raw"
mapfile -t inner < <(find "$partial/raw" -name '*.zip') # the archive holds another
for archive in "${inner[@]}"; do unpack "$archive" "$partial/raw"; done
mapfile -t people < <(find "$partial/raw" -path '*Protocol/subject*.dat' | sort)
[ "${#people[@]}" -gt 0 ] || fail "$output.zip is no PAMAP2: Protocol/subject*.dat is missing"
for person in "${people[@]}"; do
  to_csv <"$person" >"$partial/$(basename "$person" .dat).csv"
done
rm -r "$partial/raw"
mv "$partial" "$output"
rm "$output.zip"
say "done: ${#people[@]} people in $output"
