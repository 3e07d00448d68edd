#!/usr/bin/env bash
# One run of a sweep: sweep_cell.sh DIR NUMBER, where NUMBER is a line of DIR/cells.tsv. Called by scripts/sweep.sh through
# GNU parallel, and by the tasks of its job array. Exit code: the trainer's.
set -uo pipefail

# Prints "cell: text" in one piece, since several cells speak at a time.
say() { printf '%s\n' "sweep: $name: $*"; }

# Moves what a failed run left to DIR/failed, replacing what an earlier attempt left there.
set_apart() {
  rm -rf "$output/failed/$name"
  mkdir -p "$output/failed" "$output/$name"
  mv "$output/$name" "$output/failed/$name"
  mv "$log" "$output/failed/$name/log.txt"
}

# run_cell NAME SETTING...: trains into DIR/NAME, or goes on there. Returns the trainer's exit code.
run_cell() {
  name=$1
  shift
  local set code=0 started=$SECONDS arguments=(--config "$recipe" --output "$output/$name" --threads "$threads" --quiet)
  local log=$output/logs/$name.txt run
  if [ -e "$output/$name/summary.json" ]; then
    say "done before"
    return 0
  fi
  for set in "${fixed[@]+"${fixed[@]}"}" "$@"; do arguments+=(--set "$set"); done
  if compgen -G "$output/$name/checkpoints/*.safetensors" >/dev/null; then
    arguments+=(--resume)
    say "goes on"
  fi
  # On a first signal the trainer saves itself, a second one would kill it: in a session of its own it hears no other than
  # the one that is passed on here.
  setsid "$trainer" "${arguments[@]}" "${extra[@]+"${extra[@]}"}" >"$log" 2>&1 </dev/null &
  run=$!
  trap 'trap "" TERM; kill -TERM $run 2>/dev/null' TERM
  while :; do
    wait $run
    code=$?
    kill -0 $run 2>/dev/null || break
  done
  trap - TERM
  case $code in
    0) say "done in $((SECONDS - started)) s" ;;
    3) say "done in $((SECONDS - started)) s; a budget or a verification is not met: $(grep -m 1 '^trainer: ' "$log" | cut -c 10-)" ;;
    130 | 143) say "interrupted; it is saved" && code=130 ;;
    *)
      say "FAILED with exit code $code: $(grep -m 1 '^trainer: ' "$log" | cut -c 10- || true) (see $output/failed/$name/log.txt)"
      set_apart
      ;;
  esac
  case $code in 0 | 3) rm -rf "$output/failed/$name" ;; esac
  return $code
}

main() {
  local line sets
  # shellcheck disable=SC1091 # written by sweep.sh
  source "$1/sweep.settings"
  cd "$directory" || exit 1
  line=$(sed -n "$2p" "$output/cells.tsv")
  [ -n "$line" ] || {
    echo "sweep: $output/cells.tsv has no line $2" >&2
    exit 2
  }
  IFS=$'\t' read -r -a sets <<<"$line"
  run_cell "${sets[@]}"
}

[[ ${BASH_SOURCE[0]} != "$0" ]] || main "$@"
