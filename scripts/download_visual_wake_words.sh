#!/usr/bin/env bash
# Fetches Visual Wake Words as MLPerf Tiny packs it: 110,000 JPEG of 96 x 96, a person on half of them, cut from COCO 2014 (about
# 300 MiB; the pictures are under Flickr's terms of use, COCO's annotations under CC BY 4.0), and unpacks it into
# data/visual_wake_words, or into the folder given as the only argument. The publisher states no checksum; gzip's is checked.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/download_files.sh
. scripts/download_files.sh
readonly output=${1:-data/visual_wake_words}

refuse_existing "$output"
mkdir -p "$(dirname "$output")"
fetch https://www.silabs.com/public/files/github/machine_learning/benchmarks/datasets/vw_coco2014_96.tar.gz "$output.tar.gz"
rm -rf "$output.partial"
mkdir "$output.partial"
tar -xzf "$output.tar.gz" -C "$output.partial" --strip-components 1 || fail "$output.tar.gz is damaged; remove it and run this again"
for needed in person non_person; do
  [ -d "$output.partial/$needed" ] || fail "$output.tar.gz has no folder $needed"
done
mv "$output.partial" "$output"
rm "$output.tar.gz"
say "done: $(find "$output" -name '*.jpg' | wc -l) pictures in $output"
