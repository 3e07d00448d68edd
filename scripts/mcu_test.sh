#!/usr/bin/env bash
# What ships to microcontrollers, run on Cortex-M4, M7 and M55 under QEMU: the host's and the twin's bytes, instructions, flash,
# RAM and stack in one table. Installs the cross compiler and QEMU, builds what it needs.
#
#   scripts/mcu_test.sh [--riscv] [--no-install] [--work DIR]
#   scripts/mcu_test.sh --export RUN/export/c [--board m4|m7|m55] [--no-install]
#
#   --export DIR  instead runs this C export on one board: instructions of each layer, flash, RAM and stack, as a log for
#                 `trainer profile RUN --measured LOG`
#   --riscv       also on a RISC-V processor, rv32imac
#   --no-install  take what is there
#   --work DIR    where programs are built and counts are left; emptied (build/release/mcu)
#
# Exit status 0: same bytes everywhere, within the budgets of tests/mcu/run_mcu.py; 1: not; 77: a tool is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly build=build/release
boards=m4,m7,m55 folder="" board=m4 install=yes work=$build/mcu groups=(--mcu)

usage() { sed -n '2,/^set -/{/^set -/d;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}"; }

while [ $# -gt 0 ]; do
  case $1 in
    --riscv)
      boards=$boards,rv32
      groups+=(--riscv)
      ;;
    --no-install) install=no ;;
    --export | --board)
      [ $# -gt 1 ] || { echo "mcu_test: $1 needs a value" >&2; exit 2; }
      if [ "$1" = --export ]; then folder=$2; else board=$2; fi
      shift
      ;;
    --work)
      [ $# -gt 1 ] || { echo "mcu_test: --work needs a folder" >&2; exit 2; }
      work=$2
      shift
      ;;
    -h | --help)
      usage
      exit 0
      ;;
    *)
      printf "mcu_test: unknown argument '%s'; see --help\n" "$1" >&2
      exit 2
      ;;
  esac
  shift
done

if [ $install = yes ]; then scripts/setup.sh "${groups[@]}" --no-build >&2; fi
if [ -n "$folder" ]; then exec python3 -B tests/mcu/run_export.py "$folder" --board "$board"; fi
[ -e $build/build.ninja ] || cmake --preset ci >/dev/null
cmake --build $build --target make_layers make_c_exports
exec python3 -B tests/mcu/run_mcu.py --programs $build --work "$work" --boards "$boards"
