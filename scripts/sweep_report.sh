#!/usr/bin/env bash
# What came out of a sweep: sweep_report.sh DIR prints a table and the failed cells, and writes DIR/report.html. Exit code
# 0: all runs are done; 1: some failed or are not done; 3: some missed a budget or a verification.
set -euo pipefail
readonly here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# shellcheck disable=SC1091 # written by sweep.sh
source "$1/sweep.settings"
runs=() failed=() unfinished=() code=0
while IFS=$'\t' read -r name _; do
  if [ -e "$output/$name/summary.json" ]; then
    runs+=("$output/$name")
  elif [ -d "$output/failed/$name" ]; then
    failed+=("$name")
  else
    unfinished+=("$name")
  fi
done <"$output/cells.tsv"

if [ ${#runs[@]} -gt 0 ]; then
  python3 -B "$here/sweep_json.py" table "${runs[@]}" || code=$?
  "$trainer" report "${runs[@]}" --output "$output/report.html" >/dev/null && echo "sweep: $output/report.html compares ${#runs[@]} runs"
fi
for name in "${failed[@]+"${failed[@]}"}"; do echo "sweep: FAILED $name: see $output/failed/$name/log.txt" >&2; done
for name in "${unfinished[@]+"${unfinished[@]}"}"; do echo "sweep: not done: $name" >&2; done
[ ${#failed[@]} = 0 ] && [ ${#unfinished[@]} = 0 ] || code=1
exit "$code"
