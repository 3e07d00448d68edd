#!/usr/bin/env bash
# Fetches Google Speech Commands v0.02 (Pete Warden, arXiv:1804.03209; licence CC BY 4.0; a download of 2.3 GiB) and
# unpacks it into data/speech_commands, or into the folder given as the only argument. An interrupted download goes on
# where it stopped. The publisher states no checksum; the archive is checked by unpacking it (gzip's CRC-32) and by the
# lists and words that must be in it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly address=https://download.tensorflow.org/data/speech_commands_v0.02.tar.gz
readonly output=${1:-data/speech_commands}
readonly archive=$output.tar.gz
readonly partial=$output.partial

say() { printf 'download_speech_commands: %s\n' "$*"; }
fail() {
  say "$*" >&2
  exit 1
}

fetch() {
  if command -v curl >/dev/null; then
    curl --fail --location --retry 3 --continue-at - --output "$1" "$address"
  elif command -v wget >/dev/null; then
    wget --continue --tries 3 --output-document "$1" "$address"
  else
    fail "needs curl or wget (apt-get install curl)"
  fi
}

if [ -e "$output" ]; then
  grep -qs "synthetic stand-in" "$output/README.md" || fail "$output exists already; nothing done"
  fail "$output holds the synthetic stand-in; remove it (rm -r $output) and run this again"
fi
mkdir -p "$(dirname "$output")"
if [ ! -e "$archive" ]; then
  say "fetching $address (2.3 GiB, CC BY 4.0)"
  fetch "$archive.part" || fail "the download stopped; run this again to go on where it stopped"
  mv "$archive.part" "$archive"
fi
say "unpacking into $output"
rm -rf "$partial"
mkdir "$partial"
tar -xzf "$archive" -C "$partial" || fail "$archive is damaged; remove it and run this again"
for needed in validation_list.txt testing_list.txt _background_noise_ yes stop; do
  [ -e "$partial/$needed" ] || fail "$archive is no Speech Commands v0.02: $needed is missing"
done
mv "$partial" "$output"
rm "$archive"
say "done: $(find "$output" -name '*_nohash_*.wav' | wc -l) clips in $output"
