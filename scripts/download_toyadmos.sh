#!/usr/bin/env bash
# Fetches ToyADMOS' toy cars as the DCASE 2020 challenge hands them out (task 2, development data: Koizumi et al. 2019, arXiv:1908.03299;
# 4 machines, about 1.8 GB, CC BY-NC-SA 4.0: not for commercial use) and unpacks them into data/toyadmos, or into the folder given as
# the only argument. There are then ToyCar/train/normal_id_01_….wav and ToyCar/test/{normal,anomaly}_id_01_….wav.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/download_files.sh
. scripts/download_files.sh
readonly output=${1:-data/toyadmos}
readonly address=https://zenodo.org/records/3678171/files/dev_data_ToyCar.zip

refuse_existing "$output"
command -v unzip >/dev/null || fail "needs unzip (apt-get install unzip)"
mkdir -p "$output.partial"
fetch "$address" "$output.partial/dev_data_ToyCar.zip"
unzip -q -o "$output.partial/dev_data_ToyCar.zip" -d "$output.partial" ||
  fail "$output.partial/dev_data_ToyCar.zip is damaged; remove it and run this again"
[ -d "$output.partial/ToyCar/train" ] || fail "the archive holds no ToyCar/train; it is not what was expected"
rm "$output.partial/dev_data_ToyCar.zip"
mv "$output.partial" "$output"
say "done: recipes/machine_anomaly.yaml takes it by --set data.root=$output/ToyCar"
