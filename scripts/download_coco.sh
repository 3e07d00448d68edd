#!/usr/bin/env bash
# Fetches COCO 2017 (about 20 GB; annotations CC BY 4.0, pictures are from Flickr, under its terms of use) to data/coco.
#   scripts/download_coco.sh [FOLDER]
set -euo pipefail
folder=${1:-data/coco}
if [ -e "$folder" ]; then echo "download_coco: $folder exists already" >&2; exit 2; fi
command -v unzip > /dev/null || { echo "download_coco: needs unzip" >&2; exit 2; }
part=$folder.part
mkdir -p "$part"
for archive in annotations/annotations_trainval2017.zip zips/val2017.zip zips/train2017.zip; do
  file=$part/$(basename "$archive")
  curl --fail --location --retry 3 --continue-at - --output "$file" "http://images.cocodataset.org/$archive"
  unzip -q "$file" -d "$part"
  rm "$file"
done
mv "$part" "$folder"
echo "$folder: COCO 2017; recipes take it by configs/datasets/coco.yaml"
