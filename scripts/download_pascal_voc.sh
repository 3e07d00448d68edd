#!/usr/bin/env bash
# Fetches Pascal VOC 2007 (about 900 MB; pictures are from Flickr, under its terms of use) to data/VOC2007.
#   scripts/download_pascal_voc.sh [FOLDER]
set -euo pipefail
folder=${1:-data/VOC2007}
if [ -e "$folder" ]; then echo "download_pascal_voc: $folder exists already" >&2; exit 2; fi
part=$folder.part
mkdir -p "$part"
for archive in VOCtrainval_06-Nov-2007.tar VOCtest_06-Nov-2007.tar; do
  curl --fail --location --retry 3 --continue-at - --output "$part/$archive" "http://host.robots.ox.ac.uk/pascal/VOC/voc2007/$archive"
  tar --extract --file "$part/$archive" --directory "$part"
done
mv "$part/VOCdevkit/VOC2007" "$folder"
rm -r "$part"
echo "$folder: Pascal VOC 2007; recipes take it by configs/datasets/pascal_voc.yaml"
