#!/usr/bin/env bash
# Fetches the binary version of CIFAR-10 (Alex Krizhevsky, 2009: 60,000 pictures, a download of 162 MiB) and unpacks it into
# data/cifar10, or into the folder given as the only argument. No licence is stated; the publisher asks that "Learning Multiple
# Layers of Features from Tiny Images" be cited.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/download_files.sh
. scripts/download_files.sh
readonly output=${1:-data/cifar10}

refuse_existing "$output"
mkdir -p "$(dirname "$output")"
fetch https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz "$output.tar.gz" c32a1d4ab5d03f1284b67883e8d87530
rm -rf "$output.partial"
mkdir "$output.partial"
tar -xzf "$output.tar.gz" -C "$output.partial" --strip-components 1
[ -e "$output.partial/data_batch_1.bin" ] || fail "$output.tar.gz holds no data_batch_1.bin"
mv "$output.partial" "$output"
rm "$output.tar.gz"
say "done: $output"
