#!/usr/bin/env bash
# Fetches PAMAP2 (Reiss and Stricker 2012; UCI Machine Learning Repository, CC BY 4.0; 9 people with sensors at wrist,
# chest and ankle, 656 MB) and writes what the wrist's sensor felt, 100 rows a second, as CSV files for csv_series into
# data/pamap2, or into the folder given as the only argument. Rows of no activity have an empty one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly address=https://archive.ics.uci.edu/static/public/231/pamap2+physical+activity+monitoring.zip
readonly output=${1:-data/pamap2}
readonly archive=$output.zip
readonly partial=$output.partial

say() { printf 'download_pamap2: %s\n' "$*"; }
fail() {
  say "$*" >&2
  exit 1
}

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
[ ! -e "$output" ] || fail "$output exists already; nothing done"
command -v unzip >/dev/null || fail "needs unzip (apt-get install unzip)"
mkdir -p "$(dirname "$output")"
if [ ! -e "$archive" ]; then
  say "fetching $address (656 MB, CC BY 4.0)"
  if command -v curl >/dev/null; then
    curl --fail --location --retry 3 --output "$archive.part" "$address"
  else
    wget --tries 3 --output-document "$archive.part" "$address"
  fi || fail "the download stopped; run this again"
  mv "$archive.part" "$archive"
fi
rm -rf "$partial"
mkdir "$partial" "$partial/raw"
unzip -q "$archive" -d "$partial/raw" || fail "$archive is damaged; remove it and run this again"
find "$partial/raw" -name '*.zip' -exec unzip -q -o {} -d "$partial/raw" \; # the archive holds another
mapfile -t people < <(find "$partial/raw" -path '*Protocol/subject*.dat' | sort)
[ "${#people[@]}" -gt 0 ] || fail "$archive is no PAMAP2: Protocol/subject*.dat is missing"
for person in "${people[@]}"; do
  to_csv <"$person" >"$partial/$(basename "$person" .dat).csv"
done
rm -r "$partial/raw"
mv "$partial" "$output"
rm "$archive"
say "done: ${#people[@]} people in $output"
