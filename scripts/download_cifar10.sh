#!/usr/bin/env bash
# Fetches the binary version of CIFAR-10 (Alex Krizhevsky, 2009: 60,000 pictures, a download of 162 MiB) and unpacks it. No licence
# is stated; the publisher asks that "Learning Multiple Layers of Features from Tiny Images" be cited.
set -euo pipefail
# shellcheck source=scripts/download_files.sh
. "$(dirname "${BASH_SOURCE[0]}")/download_files.sh"

begin data/cifar10 https://www.cs.toronto.edu/~kriz "$@"
refuse_existing "$output"
fetch "$address/cifar-10-binary.tar.gz" "$output.tar.gz" c32a1d4ab5d03f1284b67883e8d87530
rm -rf "$output.partial"
mkdir "$output.partial"
unpack "$output.tar.gz" "$output.partial" --strip-components 1
[ -e "$output.partial/data_batch_1.bin" ] || fail "$output.tar.gz holds no data_batch_1.bin"
mv "$output.partial" "$output"
rm "$output.tar.gz"
say "done: $output"
