#!/usr/bin/env bash
# Fetches Pascal VOC 2007 (Everingham et al. 2010: 9,963 pictures, a download of 900 MB; pictures are from Flickr, under its terms of
# use) and unpacks it. The publisher states no checksums; those held here are the ones that other downloaders know.
set -euo pipefail
# shellcheck source=scripts/download_files.sh
. "$(dirname "${BASH_SOURCE[0]}")/download_files.sh"

readonly sums="VOCtrainval_06-Nov-2007.tar c52e279531787c972589f7e41ab4ae64
VOCtest_06-Nov-2007.tar b6e924de25625d8de591ea690078ad9f"

begin data/VOC2007 http://host.robots.ox.ac.uk/pascal/VOC/voc2007 "$@"
refuse_existing "$output"
readonly partial=$output.partial
mkdir -p "$partial"
while read -r archive sum; do
  fetch "$address/$archive" "$partial/$archive" "$sum"
done <<<"$sums"
while read -r archive _; do
  unpack "$partial/$archive" "$partial"
done <<<"$sums"
for needed in Annotations JPEGImages ImageSets/Main/trainval.txt ImageSets/Main/test.txt; do
  [ -e "$partial/VOCdevkit/VOC2007/$needed" ] || fail "the archives hold no $needed; they are not what was expected"
done
mv "$partial/VOCdevkit/VOC2007" "$output"
rm -r "$partial"
say "done: $output; recipes take it by configs/datasets/pascal_voc.yaml"
