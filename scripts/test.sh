#!/usr/bin/env bash
# Installs what is missing, builds and runs every test; arguments go to ctest (-R NAME, -L LABEL). Warnings are errors, unless the
# build folder is there and was made without (scripts/quickstart.sh): nothing is compiled twice.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly build=build/release

# A build from nothing is the one whose time means something.
kind="incremental" preset=ci
[ -e $build/.ninja_log ] || kind="clean"
grep -q '^ESPALIER_WARNINGS_AS_ERRORS:BOOL=OFF' $build/CMakeCache.txt 2>/dev/null && preset=release
started=$SECONDS
scripts/setup.sh --judges --mcu --edge --no-build
installed=$SECONDS
scripts/setup.sh --preset $preset
built=$SECONDS

echo "test: installation $((installed - started)) s, $kind build $((built - installed)) s; its slowest translation units:"
# Columns of .ninja_log: start and end in ms, stamp, output, hash of the command. The last line of an output counts.
awk -F '\t' '$4 ~ /\.(o|gch|pch)$/ {ms[$4] = $2 - $1} END {for (file in ms) printf "%8.1f s  %s\n", ms[file] / 1000, file}' \
  $build/.ninja_log | sort -rn | sed -n 1,10p

# ctest's closing lines come last, below the total time.
closing=()
while IFS= read -r line; do
  if [[ ${#closing[@]} -gt 0 || $line =~ ^[0-9]+%\ tests\ passed ]]; then
    closing+=("$line")
  else
    printf '%s\n' "$line"
  fi
done < <(
  status=0
  ctest --test-dir $build --output-on-failure --no-tests=error --parallel "${ESPALIER_TEST_JOBS:-2}" "$@" </dev/null 2>&1 || status=$?
  echo "exit status $status"
)
status=1
if [ ${#closing[@]} -gt 0 ] && [[ ${closing[-1]} =~ ^exit\ status\ ([0-9]+)$ ]]; then
  status=${BASH_REMATCH[1]}
  unset 'closing[-1]'
fi
echo "test: $((SECONDS - started)) s in all: installation $((installed - started)), $kind build $((built - installed)), tests $((SECONDS - built))"
[ ${#closing[@]} = 0 ] || printf '%s\n' "${closing[@]}"
exit "$status"
