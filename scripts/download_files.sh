# Shared by scripts/download_*.sh (sourced, not run): the command line, fetching what goes on where it stopped, unpacking what is
# whole or absent, and words of one kind.
# shellcheck shell=bash
readonly download_name=$(basename "$0" .sh)

say() { printf '%s: %s\n' "$download_name" "$*"; }
fail() {
  say "$*" >&2
  exit 1
}
mistake() {
  say "$*; see --help" >&2
  exit 2
}

download_help() {
  sed -n '2,/^set -/{/^set -/d;s/^# \{0,1\}//;p;}' "$0"
  printf '\n%s\n' "usage: scripts/$download_name.sh [--from ADDRESS] [FOLDER]

  FOLDER          to make; by default $1, in the project's folder
  --from ADDRESS  of a mirror that has the same files under the same names; by default $2

An interrupted download goes on where it stopped when this is run again. Needs curl or wget (and unzip for .zip)."
}

# begin DEFAULT_FOLDER DEFAULT_ADDRESS ARGUMENT…: reads the command line into `output`, an absolute path, and `address`. Nothing
# that is there is written over.
begin() {
  local folder=$1 default_address=$2 given=""
  shift 2
  address=$default_address
  while [ $# -gt 0 ]; do
    case $1 in
      -h | --help)
        download_help "$folder" "$default_address"
        exit 0
        ;;
      --from)
        [ -n "${2:-}" ] || mistake "--from needs an address"
        address=${2%/}
        shift
        ;;
      -*) mistake "unknown argument '$1'" ;;
      "") mistake "the folder's name is empty" ;;
      *)
        [ -z "$given" ] || mistake "one folder is enough: '$given', '$1'"
        given=$1
        ;;
    esac
    shift
  done
  if [ -n "$given" ]; then
    output=$(realpath -m -- "$given")
  else
    output=$(realpath -m -- "$(dirname "${BASH_SOURCE[0]}")/../$folder")
  fi
  command -v curl >/dev/null || command -v wget >/dev/null || fail "needs curl or wget (apt-get install curl)"
  mkdir -p "$(dirname "$output")"
}

# refuse_existing FOLDER
refuse_existing() {
  [ -e "$1" ] || return 0
  grep -qs "synthetic stand-in" "$1/README.md" || fail "$1 exists already; nothing done"
  fail "$1 holds the synthetic stand-in; remove it (rm -r $1) and run this again"
}

# transfer ADDRESS FILE: goes on with FILE. Exit codes: 0 done, 1 interrupted, 2 nobody answers, 3 FILE cannot be gone on with,
# 4 the server refuses.
transfer() {
  local code=0 status=000 shown=(--silent --show-error)
  if command -v curl >/dev/null; then
    [ ! -t 2 ] || shown=(--progress-bar)
    status=$(curl --fail --location --retry 3 "${shown[@]}" --continue-at - --output "$2" --write-out '%{http_code}' "$1") || code=$?
    # 33 and HTTP's 416: of a server that knows no parts, or of a file that is as long as it gets.
    if [ "$code" = 33 ] || [ "$status" = 416 ]; then return 3; fi
    case $code in
      0) return 0 ;;
      5 | 6 | 7) return 2 ;;
      22) return 4 ;;
      *) return 1 ;;
    esac
  fi
  shown=(--no-verbose)
  [ ! -t 2 ] || shown=(--quiet --show-progress)
  wget "${shown[@]}" --continue --tries 3 --output-document "$2" "$1" || code=$?
  case $code in
    0) return 0 ;;
    4) [ -s "$2" ] && return 1 || return 2 ;;
    8) return 4 ;;
    *) return 1 ;;
  esac
}

# fetch ADDRESS FILE [MD5]: FILE is whole or absent, and has that checksum.
fetch() {
  local from=$1 file=$2 sum=${3:-} code=0
  if [ ! -e "$file" ]; then
    say "fetching $from"
    transfer "$from" "$file.part" || code=$?
    if [ "$code" = 3 ]; then
      rm -f "$file.part"
      code=0
      transfer "$from" "$file.part" || code=$?
    fi
    case $code in
      0) ;;
      4) fail "$from is not handed out (see the line above); a mirror is given by --from ADDRESS" ;;
      2) fail "$from cannot be reached: is there a network? (a mirror is given by --from ADDRESS)" ;;
      *) fail "the download of $from stopped; run this again to go on where it stopped" ;;
    esac
    [ -s "$file.part" ] || fail "$from is empty"
    mv "$file.part" "$file"
  fi
  [ -z "$sum" ] || [ "$(md5sum <"$file" | cut -d ' ' -f 1)" = "$sum" ] ||
    fail "$file is damaged (its checksum is another one); remove it and run this again"
}

# unpack ARCHIVE FOLDER [OPTION…]: into a folder that is there; options are tar's.
unpack() {
  local archive=$1 folder=$2
  shift 2
  case $archive in
    *.zip) unzip -q -o "$archive" -d "$folder" </dev/null ;;
    *) tar --extract --file "$archive" --directory "$folder" --no-same-owner "$@" ;;
  esac || fail "$archive is damaged; remove it and run this again"
}

needs_unzip() { command -v unzip >/dev/null || fail "needs unzip (apt-get install unzip)"; }
