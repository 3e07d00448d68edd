#!/usr/bin/env bash
# Runs libFuzzer on every parser of the project's own, a minute each, with clang's address and undefined-behaviour
# sanitizers:
#
#   scripts/nightly_fuzz.sh [--seconds N] [PARSER...]      PARSER: idx, cifar10, tflite, … (tests/fuzz); by default all
#
# Starts from tests/fuzz/corpus and keeps what it learns in build/fuzz/corpus; a finding is left in build/fuzz/findings, and
# the exit code is 1. Needs clang (apt-get install clang); CI feeds the corpus alone, with any compiler.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

seconds=60
parsers=()
while [ $# -gt 0 ]; do
  case $1 in
    --seconds)
      [[ ${2:-} =~ ^[0-9]+$ ]] || { echo "nightly_fuzz: --seconds needs a number" >&2; exit 2; }
      seconds=$2
      shift
      ;;
    -h | --help)
      sed -n '2,/^set -/{/^set -/d;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}"
      exit 0
      ;;
    -*)
      echo "nightly_fuzz: unknown argument '$1'; see --help" >&2
      exit 2
      ;;
    *) parsers+=("$1") ;;
  esac
  shift
done

known=$(sed -n 's/^espalier_fuzz(\([a-z0-9_]*\).*/\1/p' tests/fuzz/CMakeLists.txt)
[ ${#parsers[@]} -gt 0 ] || mapfile -t parsers <<<"$known"
for parser in "${parsers[@]}"; do
  grep -qx "$parser" <<<"$known" || { echo "nightly_fuzz: there is no target '$parser'; there are:" $known >&2; exit 2; }
done

clang=$(command -v clang++ || ls /usr/bin/clang++-* 2>/dev/null | sort -V | tail -n 1 || true)
[ -n "$clang" ] || { echo "nightly_fuzz: clang++ is not installed (apt-get install clang)" >&2; exit 1; }

flags="-O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined"
cmake -S . -B build/fuzz -G Ninja -DCMAKE_BUILD_TYPE=None -DCMAKE_CXX_COMPILER="$clang" -DCMAKE_C_COMPILER="${clang/clang++/clang}" \
  -DCMAKE_CXX_FLAGS="$flags" -DCMAKE_C_FLAGS="$flags" -DESPALIER_FUZZER=ON -DESPALIER_NATIVE=OFF >build_fuzz.log 2>&1 ||
  { tail -n 20 build_fuzz.log >&2; exit 1; }
mv build_fuzz.log build/fuzz/configure.log
ninja -C build/fuzz "${parsers[@]/#/fuzz_}"

status=0
for parser in "${parsers[@]}"; do
  mkdir -p "build/fuzz/corpus/$parser" build/fuzz/findings
  echo "nightly_fuzz: $parser, $seconds s"
  if ! "build/fuzz/fuzz_$parser" -max_total_time="$seconds" -rss_limit_mb=2048 -malloc_limit_mb=256 -timeout=10 -print_final_stats=1 \
    -artifact_prefix="build/fuzz/findings/$parser-" "build/fuzz/corpus/$parser" "tests/fuzz/corpus/$parser" \
    >"build/fuzz/$parser.log" 2>&1; then
    tail -n 30 "build/fuzz/$parser.log" >&2
    echo "nightly_fuzz: $parser: a finding, see build/fuzz/findings and build/fuzz/$parser.log" >&2
    status=1
  fi
  grep -E "stat::number_of_executed_units|stat::peak_rss_mb" "build/fuzz/$parser.log" || true
done
exit $status
