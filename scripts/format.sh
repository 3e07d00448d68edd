#!/usr/bin/env bash
# Formats the C and C++ sources with clang-format; with --check only says which files would change (exit 1 when any).
# Not part of the tests: versions of clang-format disagree about details.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
command -v clang-format >/dev/null || {
  echo "format: clang-format is not installed (apt-get install clang-format)" >&2
  exit 1
}
mode=(-i)
[ "${1:-}" != --check ] || mode=(--dry-run --Werror)
git ls-files -z --cached --others --exclude-standard -- '*.h' '*.cpp' '*.c' | xargs -0 -r clang-format "${mode[@]}"
