#!/usr/bin/env bash
# Fetches MNIST (Y. LeCun, C. Cortes, C. Burges: 70,000 digits, a download of 11 MiB) and unpacks it. No licence is stated; the
# authors ask to be cited (LeCun et al. 1998, Proceedings of the IEEE).
set -euo pipefail
# shellcheck source=scripts/download_files.sh
. "$(dirname "${BASH_SOURCE[0]}")/download_files.sh"

readonly sums="train-images-idx3-ubyte f68b3c2dcbeaaa9fbdd348bbdeb94873
train-labels-idx1-ubyte d53e105ee54ea40749a09fcbcd1e9432
t10k-images-idx3-ubyte 9fb629c4189551a2d022fa330f9573f3
t10k-labels-idx1-ubyte ec29112dd5afa0611ce80d1b7f02629c"

begin data/mnist https://ossci-datasets.s3.amazonaws.com/mnist "$@"
refuse_existing "$output"
mkdir -p "$output.partial"
while read -r file sum; do
  fetch "$address/$file.gz" "$output.partial/$file.gz" "$sum"
done <<<"$sums"
gunzip --force --keep "$output.partial"/*.gz
rm "$output.partial"/*.gz
mv "$output.partial" "$output"
say "done: $output"
