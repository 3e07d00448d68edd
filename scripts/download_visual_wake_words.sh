#!/usr/bin/env bash
# Fetches Visual Wake Words as MLPerf Tiny packs it: 110,000 JPEG of 96 x 96, a person on half of them, cut from COCO 2014 (about
# 300 MiB; the pictures are under Flickr's terms of use, COCO's annotations under CC BY 4.0), and unpacks it. The publisher states no
# checksum; gzip's is checked.
set -euo pipefail
# shellcheck source=scripts/download_files.sh
. "$(dirname "${BASH_SOURCE[0]}")/download_files.sh"

begin data/visual_wake_words https://www.silabs.com/public/files/github/machine_learning/benchmarks/datasets "$@"
refuse_existing "$output"
fetch "$address/vw_coco2014_96.tar.gz" "$output.tar.gz"
rm -rf "$output.partial"
mkdir "$output.partial"
unpack "$output.tar.gz" "$output.partial" --strip-components 1
for needed in person non_person; do
  [ -d "$output.partial/$needed" ] || fail "$output.tar.gz has no folder $needed"
done
mv "$output.partial" "$output"
rm "$output.tar.gz"
say "done: $(find "$output" -name '*.jpg' | wc -l) pictures in $output"
