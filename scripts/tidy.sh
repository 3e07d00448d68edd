#!/usr/bin/env bash
# Runs clang-tidy with .clang-tidy over the Torch-free sources (some 5 s a file; a source that sees Torch takes minutes), or
# over the files that are given. Exit 1 on any finding.
#
#   scripts/tidy.sh [--build build/release] [--jobs N] [FILE...]
#
# Not part of the tests: it is slow, and versions of clang-tidy disagree.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=build/release jobs=$(nproc) files=()
while [ $# -gt 0 ]; do
  case $1 in
    --build) build=$2; shift 2 ;;
    --jobs) jobs=$2; shift 2 ;;
    -h | --help) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 0 ;;
    -*) echo "tidy: unknown option $1" >&2; exit 2 ;;
    *) files+=("$1"); shift ;;
  esac
done
command -v clang-tidy >/dev/null || {
  echo "tidy: clang-tidy is not installed (apt-get install clang-tidy)" >&2
  exit 1
}
[ -f "$build/compile_commands.json" ] || {
  echo "tidy: $build has no compile_commands.json; configure first (cmake --preset release)" >&2
  exit 1
}
if [ ${#files[@]} -eq 0 ]; then
  mapfile -t files < <(git ls-files 'datasets/*.cpp' \
    trainer/{base,schema,graph,passes,device_runtime,integer,exporting,tasks,reporting}/'*.cpp' ':!trainer/exporting/torchscript')
fi
printf '%s\0' "${files[@]}" | xargs -0 -n 1 -P "$jobs" clang-tidy -p "$build" --quiet
