#!/usr/bin/env bash
# Fetches ToyADMOS' toy cars as the DCASE 2020 challenge hands them out (task 2, development data: Koizumi et al. 2019,
# arXiv:1908.03299; 4 machines, about 1.8 GB, CC BY-NC-SA 4.0: not for commercial use) and unpacks them. There are then
# ToyCar/train/normal_id_01_….wav and ToyCar/test/{normal,anomaly}_id_01_….wav.
set -euo pipefail
# shellcheck source=scripts/download_files.sh
. "$(dirname "${BASH_SOURCE[0]}")/download_files.sh"

begin data/toyadmos https://zenodo.org/records/3678171/files "$@"
refuse_existing "$output"
needs_unzip
fetch "$address/dev_data_ToyCar.zip" "$output.zip"
rm -rf "$output.partial"
mkdir "$output.partial"
unpack "$output.zip" "$output.partial"
[ -d "$output.partial/ToyCar/train" ] || fail "$output.zip holds no ToyCar/train; it is not what was expected"
mv "$output.partial" "$output"
rm "$output.zip"
say "done: recipes/machine_anomaly.yaml takes it by --set data.root=$output/ToyCar"
