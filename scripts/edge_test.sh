#!/usr/bin/env bash
# The part without LibTorch (predict, verify, inspect, report) on 64-bit ARM, as a Raspberry Pi is: cross compiled, and run under
# QEMU beside this machine. Features, layers and answers must be the same bytes. Installs the cross compiler and QEMU, lays out
# libraries for arm64 (scripts/arm64_sysroot.sh), builds what it needs. Among the tests as `ctest -L edge`.
#
#   scripts/edge_test.sh [--no-install] [--tests] [--programs DIR] [--run EXPORT]…
#
#   --no-install    take what is there
#   --tests         also build and run the tests of device_runtime, integer and deployment
#   --programs DIR  this machine's build (build/release)
#   --run EXPORT    also on the export folder of a run for sound
#
# Exit status 0: same bytes everywhere; 1: not; 77: a tool or the libraries are missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
programs=build/release install=yes tests=() runs=()
readonly sysroot=build/arm64-sysroot arm64=build/edge-arm64

usage() { sed -n '2,/^set -/{/^set -/d;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}"; }

while [ $# -gt 0 ]; do
  case $1 in
    --no-install) install=no ;;
    --tests) tests=(test_device_runtime test_integer test_deployment) ;;
    --programs | --run)
      [ $# -gt 1 ] || { echo "edge_test: $1 needs a folder" >&2; exit 2; }
      if [ "$1" = --run ]; then runs+=("$2"); else programs=$2; fi
      shift
      ;;
    -h | --help)
      usage
      exit 0
      ;;
    *)
      printf "edge_test: unknown argument '%s'; see --help\n" "$1" >&2
      exit 2
      ;;
  esac
  shift
done

if [ $install = yes ]; then
  scripts/setup.sh --edge --no-build
  [ -e "$programs/build.ninja" ] || cmake --preset ci >/dev/null
  cmake --build "$programs" --target trainer edge_outputs make_edge_exports
fi
scripts/arm64_sysroot.sh --check "$sysroot" || exit $?
qemu=$(command -v qemu-aarch64 || command -v qemu-aarch64-static) || { echo "edge_test: no qemu-aarch64 (qemu-user)" >&2; exit 77; }
command -v aarch64-linux-gnu-g++ >/dev/null || { echo "edge_test: no cross compiler (g++-aarch64-linux-gnu)" >&2; exit 77; }

started=$SECONDS
cmake --preset edge-arm64 -DESPALIER_WARNINGS_AS_ERRORS=ON </dev/null >"$sysroot.log" 2>&1 || { cat "$sysroot.log" >&2; exit 1; }
cmake --build "$arm64" --target trainer edge_outputs "${tests[@]}" </dev/null
echo "edge_test: built for 64-bit ARM in $((SECONDS - started)) s"
arguments=(--programs "$programs" --arm64 "$arm64" --sysroot "$sysroot" --qemu "$qemu" --work "$arm64/compared")
if [ ${#runs[@]} -gt 0 ]; then arguments+=(--run "${runs[@]}"); fi
if [ ${#tests[@]} -gt 0 ]; then arguments+=(--tests "${tests[@]}"); fi
python3 -B tests/edge/run_edge.py "${arguments[@]}"
echo "edge_test: $((SECONDS - started)) s in all"
