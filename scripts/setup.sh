#!/usr/bin/env bash
# Installs what Espalier needs, configures and builds it. Run again at any time: what is done is not done twice.
#
#   scripts/setup.sh [--judges] [--mcu] [--riscv] [--edge] [--no-build] [--preset NAME] [--target NAME]
#
#   --judges       also install the runtimes that judge exported files into .venv (requirements-judges.txt), and a browser
#   --mcu, --riscv also install a cross compiler and an emulator for the tests on microcontrollers (packages-mcu.txt,
#                  packages-riscv.txt); where apt cannot, this is said and those tests are skipped
#   --edge         likewise for the tests on 64-bit ARM (packages-edge.txt), and the libraries for arm64 (arm64_sysroot.sh)
#   --no-build     install only
#   --preset NAME  configure preset of CMakePresets.json (release; the program is then build/release/trainer)
#   --target NAME  build that and what it needs, for instance trainer: a third of everything, which has the tests too
#
# Environment:
#   LIBTORCH, TORCH_ROOT, Torch_DIR  a LibTorch of your own; also taken: the torch of an active virtual environment or
#                                    Conda. Otherwise the wheel torch==2.13.0 goes into .venv.
#   ESPALIER_TORCH_INDEX             a package index that pip asks for that wheel first, for instance PyTorch's index of
#                                    CPU builds; without it pip's own settings decide
#   ESPALIER_JOBS                    compilers at a time (one a processor and 3 GiB of memory)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly torch_version=2.13.0
readonly venv=.venv
readonly stamps=$venv/build
preset=release target=all judges=no edge=no build=yes extra_packages=()

say() { printf 'setup: %s\n' "$*"; }
fail() {
  printf 'setup: %s\n' "$*" >&2
  exit 1
}
usage() { sed -n '2,/^set -/{/^set -/d;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}"; }

read_arguments() {
  while [ $# -gt 0 ]; do
    case $1 in
      --judges) judges=yes ;;
      --mcu | --riscv | --edge)
        extra_packages+=("scripts/packages-${1#--}.txt")
        [ "$1" != --edge ] || edge=yes
        ;;
      --no-build) build=no ;;
      --preset)
        [ $# -gt 1 ] || fail "--preset needs a name from CMakePresets.json"
        preset=$2
        shift
        ;;
      --target)
        [ $# -gt 1 ] || fail "--target needs the name of what to build, for instance trainer"
        target=$2
        shift
        ;;
      -h | --help)
        usage
        exit 0
        ;;
      *)
        printf "setup: unknown argument '%s'; see --help\n" "$1" >&2
        exit 2
        ;;
    esac
    shift
  done
}

# --- packages of the system -------------------------------------------------------------------------------------------

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail "needs root for: $*; run it as root, install sudo, or ask an administrator to install that"
  fi
}

# The packages of a list that are not installed.
missing_of() {
  local package
  while read -r package; do
    # shellcheck disable=SC2016 # dpkg-query's own placeholder
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || echo "$package"
  done < <(grep -v '^#' "$1")
}

# apt-get's output goes into a file, of which the end is shown when it fails.
apt_install() {
  local log status=0
  log=$(mktemp)
  { as_root apt-get update -qq && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; } \
    </dev/null >"$log" 2>&1 || status=$?
  [ $status = 0 ] || tail -n 20 "$log" >&2
  rm -f "$log"
  return $status
}

install_packages() {
  local missing=()
  if ! command -v apt-get >/dev/null; then
    say "packages: no apt-get here; install the counterparts of scripts/packages.txt yourself (going on)"
    return
  fi
  mapfile -t missing < <(missing_of scripts/packages.txt)
  if [ ${#missing[@]} = 0 ]; then
    say "packages: all of scripts/packages.txt installed"
    return
  fi
  say "packages: installing ${missing[*]}"
  apt_install "${missing[@]}" || fail "apt-get could not install: ${missing[*]}; see the lines above (network? package sources?)"
}

# Lists that nothing but some tests needs: a failure is said, no more.
install_extra_packages() {
  local list missing=()
  for list in "${extra_packages[@]}"; do
    if ! command -v apt-get >/dev/null; then
      say "packages: no apt-get here; NOT INSTALLED: the counterparts of $list, whose tests will be skipped"
      continue
    fi
    mapfile -t missing < <(missing_of "$list")
    if [ ${#missing[@]} = 0 ]; then
      say "packages: all of $list installed"
      continue
    fi
    say "packages: installing ${missing[*]}"
    apt_install "${missing[@]}" || say "packages: NOT INSTALLED: ${missing[*]} of $list; tests that need them will be skipped"
  done
}

# --- Python and LibTorch ----------------------------------------------------------------------------------------------

make_venv() {
  if "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    return
  fi
  say "python: making $venv with $(python3 --version)"
  python3 -m venv --clear "$venv" || fail "python3 -m venv failed; is the package python3-venv of this Python installed?"
}

# The version of an installed distribution as pip knows it; nothing when it is not there.
version_of() {
  "$1/bin/python" -c 'import importlib.metadata as m, sys; print(m.version(sys.argv[1]))' "$2" 2>/dev/null || true
}

# Prints the LibTorch that the user named or is working in, as FindLibTorch.cmake will find it; nothing when there is none.
users_libtorch() {
  local folder
  for folder in "${Torch_DIR:+$Torch_DIR/../../..}" "${TORCH_DIR:+$TORCH_DIR/../../..}" "${LIBTORCH:-}" "${TORCH_ROOT:-}"; do
    if [ -n "$folder" ]; then
      [ -e "$folder/include/ATen/ATen.h" ] || fail "$folder is no LibTorch (no include/ATen/ATen.h); unset LIBTORCH/Torch_DIR or correct it"
      echo "$folder"
      return
    fi
  done
  for folder in "${VIRTUAL_ENV:-}" "${CONDA_PREFIX:-}"; do
    if [ -n "$folder" ] && [ "$(readlink -f "$folder")" != "$(readlink -f "$venv")" ] && [ -n "$(version_of "$folder" torch)" ]; then
      echo "$folder (its torch $(version_of "$folder" torch))"
      return
    fi
  done
}

# pip's output goes into a file, shown by pip_failed.
pip_install() {
  mkdir -p "$stamps"
  "$venv/bin/python" -m pip install --no-input --disable-pip-version-check "$@" </dev/null >"$stamps/pip.log" 2>&1
}

pip_failed() {
  tail -n 20 "$stamps/pip.log" >&2
  fail "$@"
}

# The CPU build first, which needs an index that has it; a plain wheel, possibly a CUDA build of several GB, last.
install_torch() {
  local found
  if [ -n "$users_libtorch" ]; then
    say "LibTorch: using $users_libtorch"
    return
  fi
  make_venv
  found=$(version_of "$venv" torch)
  if [ "${found%%+*}" = "$torch_version" ]; then
    say "LibTorch: torch $found is in $venv"
    return
  fi
  say "LibTorch: installing the wheel torch==$torch_version into $venv"
  if [ -n "${ESPALIER_TORCH_INDEX:-}" ] &&
    pip_install --timeout 15 --retries 1 --index-url "$ESPALIER_TORCH_INDEX" "torch==$torch_version"; then
    :
  elif pip_install "torch==$torch_version+cpu"; then
    :
  else
    say "LibTorch: pip offers no wheel named a CPU build; taking its default, on x86-64 perhaps a CUDA build of several GB"
    say "LibTorch: (to choose, stop this and set ESPALIER_TORCH_INDEX to an index of CPU builds)"
    pip_install "torch==$torch_version" || pip_failed "pip could not install torch==$torch_version; install it yourself and set LIBTORCH"
  fi
  say "LibTorch: torch $(version_of "$venv" torch)"
}

judges_stamp() { { cat scripts/requirements-judges.txt; "$venv/bin/python" --version; uname -m; } | sha256sum; }

install_judges() {
  make_venv
  mkdir -p "$stamps"
  if [ "$(cat "$stamps/judges" 2>/dev/null)" = "$(judges_stamp)" ] && [ -n "$(version_of "$venv" onnxruntime)" ]; then
    say "judges: installed in $venv"
    return
  fi
  say "judges: installing scripts/requirements-judges.txt into $venv"
  pip_install -r scripts/requirements-judges.txt || pip_failed "pip could not install the judges; see the lines above"
  if [ "$(uname -m)" != x86_64 ]; then
    say "judges: tflite-micro exists for x86-64 only; what it judges will be reported as not run"
  elif ! pip_install tflite-micro; then
    # No stamp: the next run tries again.
    say "judges: pip could not install tflite-micro; what it judges will be reported as not run"
    return
  fi
  judges_stamp >"$stamps/judges"
}

# The browser that the report's page is tested in. Not everywhere a package (Ubuntu's is no more than a pointer to a snap),
# and nothing but tests of the page needs it, which say so when they are skipped.
install_browser() {
  local candidate
  if command -v chromium >/dev/null || ! command -v apt-get >/dev/null; then
    return
  fi
  candidate=$(apt-cache policy chromium 2>/dev/null | awk '/Candidate:/ {print $2}')
  if [ -z "$candidate" ] || [ "$candidate" = "(none)" ] || [[ $candidate == *snap* ]]; then
    say "browser: no package chromium here; the report's page will not be tested in one"
    return
  fi
  say "browser: installing chromium, in which the report's page is tested"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium </dev/null >/dev/null 2>&1 ||
    say "browser: apt-get could not install chromium; the report's page will not be tested in one"
}

# --- the build --------------------------------------------------------------------------------------------------------

jobs() {
  local processors gigabytes
  processors=$(nproc)
  gigabytes=$(awk '/^MemTotal/ {print int($2 / 1048576 / 3)}' /proc/meminfo)
  [ "$gigabytes" -ge 1 ] || gigabytes=1
  echo "${ESPALIER_JOBS:-$((processors < gigabytes ? processors : gigabytes))}"
}

# Hits and misses of ccache so far, as two numbers.
ccache_counts() {
  ccache --print-stats 2>/dev/null |
    awk '/^(direct|preprocessed)_cache_hit\t/ {hits += $2} /^cache_miss\t/ {misses += $2} END {print hits + 0, misses + 0}'
}

configure_and_build() {
  local started=$SECONDS before=() after=() log=$stamps/configure.log
  mkdir -p "$stamps"
  # ccache's condition for precompiled headers; our headers use neither __TIME__ nor differing definitions.
  export CCACHE_SLOPPINESS=${CCACHE_SLOPPINESS:-pch_defines,time_macros,include_file_mtime,include_file_ctime}
  say "configuring preset $preset"
  cmake --preset "$preset" </dev/null >"$log" 2>&1 || {
    cat "$log" >&2
    fail "CMake could not configure preset $preset; see the lines above"
  }
  read -r -a before < <(ccache_counts)
  say "building preset $preset ($target), $(jobs) compilers at a time"
  cmake --build --preset "$preset" --target "$target" --parallel "$(jobs)" </dev/null || fail "the build failed; see the first error above"
  read -r -a after < <(ccache_counts)
  say "built in $((SECONDS - started)) s; ccache: $((after[0] - before[0])) hits, $((after[1] - before[1])) misses"
}

read_arguments "$@"
users_libtorch=$(users_libtorch)
install_packages
[ ${#extra_packages[@]} = 0 ] || install_extra_packages
[ $edge = no ] || scripts/arm64_sysroot.sh || say "libraries for arm64: NOT LAID OUT; the tests on 64-bit ARM will be skipped"
install_torch
if [ $judges = yes ]; then
  install_judges
  install_browser
fi
[ $build = no ] || configure_and_build
