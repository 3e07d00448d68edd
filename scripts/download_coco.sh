#!/usr/bin/env bash
# Fetches COCO 2017 (Lin et al. 2014: 123,287 pictures, a download of 19 GB; annotations CC BY 4.0, pictures are from Flickr, under
# its terms of use) and unpacks it. The publisher states no checksums; those held here are the ones that other downloaders know.
set -euo pipefail
# shellcheck source=scripts/download_files.sh
. "$(dirname "${BASH_SOURCE[0]}")/download_files.sh"

readonly sums="annotations/annotations_trainval2017.zip f4bbac642086de4f52a3fdda2de5fa2c
zips/val2017.zip 442b8da7639aecaf257c1dceb8ba8c80
zips/train2017.zip cced6f7f71b7629ddf16f17bbcfab6b2"

begin data/coco http://images.cocodataset.org "$@"
refuse_existing "$output"
needs_unzip
readonly partial=$output.partial
mkdir -p "$partial"
while read -r archive sum; do
  name=$(basename "$archive" .zip)
  [ -e "$partial/$name.unpacked" ] && continue
  fetch "$address/$archive" "$partial/$name.zip" "$sum"
  unpack "$partial/$name.zip" "$partial"
  touch "$partial/$name.unpacked"
  rm "$partial/$name.zip"
done <<<"$sums"
for needed in annotations/instances_train2017.json annotations/instances_val2017.json train2017 val2017; do
  [ -e "$partial/$needed" ] || fail "the archives hold no $needed; they are not what was expected"
done
rm "$partial"/*.unpacked
mv "$partial" "$output"
say "done: $output; recipes take it by configs/datasets/coco.yaml"
