#!/usr/bin/env bash
# Lays out the libraries of scripts/packages.txt for 64-bit ARM in a folder of their own, for cross compiling and QEMU. Nothing of
# the system is changed: apt resolves and downloads with a state of its own, and packages are unpacked, not installed.
#
#   scripts/arm64_sysroot.sh [--check] [DIR]      (build/arm64-sysroot; 175 MB to download, 460 MB on disk)
#
#   --check  only say whether DIR is complete
#
# Environment:
#   ESPALIER_ARM64_SOURCES  a file in the format of sources.list that offers arm64; default: the system's own sources (Ubuntu
#                           serves arm64 from its ports archive: name that one)
#
# Exit status 0: DIR is complete; 77: it is not, since there is no apt-get, or it cannot reach packages for arm64.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
check=no
if [ "${1:-}" = --check ]; then
  check=yes
  shift
fi
case ${1:-} in
  -h | --help)
    sed -n '2,/^set -/{/^set -/d;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}"
    exit 0
    ;;
  -*)
    printf "arm64_sysroot: unknown argument '%s'; see --help\n" "$1" >&2
    exit 2
    ;;
esac
readonly target=${1:-build/arm64-sysroot}
readonly triple=aarch64-linux-gnu

say() { printf 'arm64_sysroot: %s\n' "$*"; }
give_up() {
  say "$*" >&2
  exit 77
}

# What is linked: the libraries of packages.txt, and the C and C++ libraries that they are linked with.
wanted() {
  sed -n '/^# libraries/,/^# [^l]/p' scripts/packages.txt | grep -v '^#'
  echo libc6-dev
  echo libstdc++6
}

stamp() { { echo "layout 2"; wanted; } | sha256sum; }

write_sources() {
  if [ -n "${ESPALIER_ARM64_SOURCES:-}" ]; then
    cp "$ESPALIER_ARM64_SOURCES" "$1"
  fi
}

# apt for arm64 in $work, knowing of no installed package.
apt_arm64() {
  local options=(-o "Dir::State=$work/state" -o "Dir::State::status=$work/status" -o "Dir::Cache=$work/cache"
    -o APT::Architecture=arm64 -o APT::Architectures::=arm64 -o APT::Sandbox::User=root -o Debug::NoLocking=1)
  if [ -s "$work/sources.list" ]; then
    options+=(-o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=/dev/null)
  fi
  apt-get "${options[@]}" -qq "$@" </dev/null
}

# Packages keep alternatives, which only their installation would choose, in folders of their own.
choose_alternatives() {
  local library
  for library in "$1/usr/lib/$triple"/{blas,lapack}/*.so.*; do
    [ ! -e "$library" ] || ln -sf "$(basename "$(dirname "$library")")/$(basename "$library")" "$1/usr/lib/$triple/"
  done
}

# Without documents and without the drivers of graphics cards, which are loaded where a screen is and never linked.
unpack() {
  local package
  mkdir -p "$1"/usr/{bin,lib,sbin}
  for package in bin lib sbin; do ln -s "usr/$package" "$1/$package"; done
  for package in "$work"/cache/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$package" | tar -x --keep-directory-symlink --no-same-owner -C "$1" --exclude='./usr/share/doc' \
      --exclude='./usr/share/locale' --exclude='./usr/share/man' --exclude='./usr/share/proj' \
      --exclude="./usr/lib/$triple/dri" --exclude='libLLVM*' --exclude='libz3.so*'
  done
}

[ "$(cat "$target/.stamp" 2>/dev/null)" != "$(stamp)" ] || { say "$target is complete"; exit 0; }
[ $check = no ] || give_up "$target is not complete; scripts/arm64_sysroot.sh lays it out"
command -v apt-get >/dev/null || give_up "no apt-get here"
mkdir -p "$(dirname "$target")"
work=$(mktemp -d)
trap 'rm -rf "$work" "$target.part"' EXIT
mkdir -p "$work"/{state/lists/partial,cache/archives/partial}
: >"$work/status"
write_sources "$work/sources.list"
mapfile -t packages < <(wanted)
say "downloading ${#packages[@]} packages for arm64, and what they need"
apt_arm64 update >"$work/log" 2>&1 && apt_arm64 -y --no-install-recommends --download-only install "${packages[@]}" >"$work/log" 2>&1 ||
  give_up "apt-get cannot download for arm64 (set ESPALIER_ARM64_SOURCES): $(tail -n 1 "$work/log")"
rm -rf "$target.part"
unpack "$target.part"
choose_alternatives "$target.part"
stamp >"$target.part/.stamp"
rm -rf "$target"
mv "$target.part" "$target"
say "$target holds $(find "$work/cache/archives" -name '*.deb' | wc -l) packages, $(du -sm "$target" | cut -f1) MB"
