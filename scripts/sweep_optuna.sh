#!/usr/bin/env bash
# A sweep whose settings Optuna proposes. Sourced by scripts/sweep.sh, which calls prepare_study and run_study; run as
# sweep_optuna.sh DIR (resume NUMBER | ask) it is one of the workers. Everything goes through Optuna's command line, so that
# workers on several machines that name one storage take part in one study.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
optuna=$here/../.venv/bin/optuna

# Says what is wrong and gives the exit code of its kind: 2 before anything ran.
ask_optuna() { "$optuna" --quiet --storage "$storage" "$@" 2>"$output/logs/optuna.txt"; }
last_word() { tail -n 1 "$output/logs/optuna.txt"; }

install_optuna() {
  local wanted
  [ ! -x "$optuna" ] || return 0
  wanted=$(grep '^optuna==' "$here/requirements-judges.txt")
  say "installing $wanted into .venv"
  [ -x "$here/../.venv/bin/python" ] || python3 -m venv "$here/../.venv"
  "$here/../.venv/bin/python" -m pip install --quiet --no-input --disable-pip-version-check "$wanted" ||
    mistake "pip could not install $wanted into .venv; see the lines above"
}

prepare_study() {
  local directions
  install_optuna
  space=$(python3 -B "$here/sweep_json.py" space "${axes[@]}") || exit 2
  directions=$(python3 -B "$here/sweep_json.py" directions "$objective") || exit 2
  check_ends
  mkdir -p "$output/logs"
  [ -n "$storage" ] || storage=sqlite:///$(realpath "$output")/optuna.db
  # shellcheck disable=SC2086 # one word a direction
  ask_optuna create-study --study-name "$study" --skip-if-exists --directions $directions >/dev/null ||
    mistake "Optuna cannot open the study '$study' in its storage: $(last_word)"
}

# The ends of every range and every choice, through `trainer check`.
check_ends() {
  local ends
  mapfile -t ends < <(python3 -B "$here/sweep_json.py" ends "${axes[@]}")
  local axes=("${ends[@]}")
  check_values
}

run_study() {
  local number left=()
  [ -e "$output/cells.tsv" ] || : >"$output/cells.tsv"
  # Trials of an earlier call that were asked for and never told.
  while IFS=$'\t' read -r name _; do
    number=$((10#${name#trial-}))
    [ -e "$output/logs/$name.told" ] || left+=("resume $number")
  done <"$output/cells.tsv"
  say "study $study: $trials trials in all, $jobs at a time, $threads threads each"
  if [ ${#left[@]} -gt 0 ]; then in_parallel --colsep ' ' "$here/sweep_optuna.sh" "$output" < <(printf '%s\n' "${left[@]}"); fi
  [ "$interrupted" = yes ] || in_parallel --colsep ' ' "$here/sweep_optuna.sh" "$output" < <(yes ask | head -n "$jobs")
}

# Runs the trial and tells its values, or that it failed. An interrupted one stays open.
run_trial() {
  local number=$1 values code=0 name
  shift
  name=$(printf 'trial-%04d' "$number")
  run_cell "$name" "$@" || code=$?
  [ $code != 130 ] || return 130
  if values=$(python3 -B "$here/sweep_json.py" values "$output/$name" "$objective"); then
    # shellcheck disable=SC2086 # one word a value
    ask_optuna tell --study-name "$study" --trial-number "$number" --values $values --skip-if-finished
  else
    ask_optuna tell --study-name "$study" --trial-number "$number" --state fail --skip-if-finished
  fi || {
    echo "sweep: $name: Optuna took no result: $(last_word)" >&2
    return 1
  }
  : >"$output/logs/$name.told"
}

# Sets `sets` to a new trial: its number, then KEY=VALUE each, and notes it in cells.tsv. Returns 9 when the study has as
# many as were wanted, whoever ran them.
ask() {
  local asked known
  known=$(ask_optuna trials --study-name "$study" --format json | python3 -B "$here/sweep_json.py" count) || return 1
  [ "$known" -lt "$trials" ] || return 9
  asked=$(ask_optuna ask --study-name "$study" --search-space "$space" --format json) || {
    echo "sweep: Optuna proposed nothing: $(last_word)" >&2
    return 1
  }
  mapfile -t sets < <(printf '%s' "$asked" | python3 -B "$here/sweep_json.py" settings)
  printf '%s\n' "$(printf 'trial-%04d' "${sets[0]}")$(printf '\t%s' "${sets[@]:1}")" >>"$output/cells.tsv"
}

ask_and_run() {
  local sets code
  while :; do
    # One worker at a time, so that together they ask for no more than is wanted. (Workers of other machines may: one each.)
    exec 9>"$output/logs/asking"
    flock 9
    ask
    code=$?
    exec 9>&-
    case $code in 0) ;; 9) return 0 ;; *) return $code ;; esac
    run_trial "${sets[@]}"
    [ $? != 130 ] || return 130
  done
}

worker() {
  local line
  # shellcheck disable=SC1091 # written by sweep.sh
  source "$1/sweep.settings"
  # shellcheck source=scripts/sweep_cell.sh
  source "$here/sweep_cell.sh"
  cd "$directory" || exit 1
  space=$(python3 -B "$here/sweep_json.py" space "${axes[@]}")
  if [ "$2" = resume ]; then
    line=$(grep -m 1 "^$(printf 'trial-%04d' "$3")" "$output/cells.tsv")
    IFS=$'\t' read -r -a sets <<<"$line"
    run_trial "$3" "${sets[@]:1}"
  else
    ask_and_run
  fi
}

[[ ${BASH_SOURCE[0]} != "$0" ]] || worker "$@"
