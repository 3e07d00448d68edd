#!/usr/bin/env bash
# Fetches Google Speech Commands v0.02 (Pete Warden, arXiv:1804.03209; licence CC BY 4.0; a download of 2.3 GiB) and unpacks it.
# The archive is checked by the checksum under which its publisher's storage holds it.
set -euo pipefail
# shellcheck source=scripts/download_files.sh
. "$(dirname "${BASH_SOURCE[0]}")/download_files.sh"

begin data/speech_commands https://download.tensorflow.org/data "$@"
refuse_existing "$output"
fetch "$address/speech_commands_v0.02.tar.gz" "$output.tar.gz" 6b74f3901214cb2c2934e98196829835
say "unpacking into $output"
rm -rf "$output.partial"
mkdir "$output.partial"
unpack "$output.tar.gz" "$output.partial"
for needed in validation_list.txt testing_list.txt _background_noise_ yes stop; do
  [ -e "$output.partial/$needed" ] || fail "$output.tar.gz is no Speech Commands v0.02: $needed is missing"
done
mv "$output.partial" "$output"
rm "$output.tar.gz"
say "done: $(find "$output" -name '*_nohash_*.wav' | wc -l) clips in $output"
