#!/usr/bin/env bash
# Runs a recipe over a grid of settings, several runs at a time, and compares them on one page.
#
#   scripts/sweep.sh RECIPE 'training.epochs=20,40' 'seed=1,2,3' [OPTION...] [-- TRAINER-OPTION...]
#
# Each KEY=VALUE,VALUE... is an axis; every combination is a cell, a run in DIR/<cell>. Commas inside brackets belong to a
# value. Keys that change together are one axis: 'training.epochs=24,30;compression.quantize.epochs=[16,24],[20,30]'. A call that is repeated goes on: finished cells stay, interrupted ones resume, failed ones are tried again. What a
# failed cell left lies in DIR/failed/<cell>, with its log. Ends in `trainer report` over all finished runs.
#
#   --output DIR         where the runs go (runs/sweep_<recipe's name>)
#   --jobs N             runs at a time (one a processor, and no more than there are cells)
#   --threads N          of each run (processors / jobs); a repeated call keeps the first one's
#   --set KEY=VALUE      for every cell; repeatable
#   --check              only validate every setting and print the cells
#   --slurm              write DIR/sweep.sbatch, a job array with a cell a task; submit it where sbatch is
#   --optuna N           no grid: Optuna proposes N trials in all. An axis is then a choice (KEY=a,b,c) or a range,
#                        KEY=LOW..HIGH: whole numbers where both are written so, :log for a logarithmic one
#   --objective LIST     what Optuna makes large, or small behind a '-': paths in summary.json
#                        (accuracy: of the integer model, else in float), for instance accuracy,-flash_bytes
#   --storage URL        of the study (sqlite in DIR; or OPTUNA_STORAGE): machines that name one RDB share the study
#   --study NAME         its name (the recipe's)
#   -- OPTION...         for the trainer: --device cuda, --allow-different-bits
#
# Exit codes: 0 every run is done; 1 some failed; 2 a mistake in the arguments, before anything ran; 3 some run missed its
# budget or a verification; 130 interrupted. ESPALIER_TRAINER names another program than build/release/trainer.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
trainer=${ESPALIER_TRAINER:-$here/../build/release/trainer}

say() { printf 'sweep: %s\n' "$*"; }
mistake() {
  printf 'sweep: %s\n' "$*" >&2
  exit 2
}
usage() { sed -n '2,/^set -/{/^set -/d;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}"; }

# --- arguments --------------------------------------------------------------------------------------------------------

recipe='' output='' jobs='' threads='' mode=grid trials=0 objective=accuracy study='' storage=${OPTUNA_STORAGE:-} slurm=no
axes=() fixed=() extra=()

needs_value() { [ "$2" -gt 1 ] || mistake "$1 needs a value; see --help"; }
whole_number() { [[ $2 =~ ^[1-9][0-9]{0,5}$ ]] || mistake "$1 wants a whole number above 0, not '$2'"; }

read_arguments() {
  while [ $# -gt 0 ]; do
    case $1 in
      --output | --jobs | --threads | --set | --optuna | --objective | --storage | --study) needs_value "$1" $# ;;
    esac
    case $1 in
      --output) output=$2 && shift ;;
      --jobs) whole_number "$1" "$2" && jobs=$2 && shift ;;
      --threads) whole_number "$1" "$2" && threads=$2 && shift ;;
      --set) fixed+=("$2") && shift ;;
      --check) mode=check ;;
      --slurm) slurm=yes ;;
      --optuna) whole_number "$1" "$2" && mode=optuna && trials=$2 && shift ;;
      --objective) objective=$2 && shift ;;
      --storage) storage=$2 && shift ;;
      --study) study=$2 && shift ;;
      -h | --help) usage && exit 0 ;;
      --)
        shift
        extra=("$@")
        break
        ;;
      -*) mistake "unknown option '$1'; see --help" ;;
      *)
        if [[ $1 == *=* ]] && { [ -n "$recipe" ] || [ ! -f "$1" ]; }; then
          axes+=("$1")
          shift
          continue
        fi
        [ -z "$recipe" ] || mistake "'$1' is no KEY=VALUE,VALUE..., and the recipe is $recipe already"
        recipe=$1
        ;;
    esac
    shift
  done
}

check_arguments() {
  local word keys=''
  [ -n "$recipe" ] || mistake "which recipe? scripts/sweep.sh RECIPE 'training.epochs=20,40' 'seed=1,2,3'; see --help"
  [ -f "$recipe" ] || mistake "$recipe: no such file"
  [ ${#axes[@]} -gt 0 ] || mistake "nothing to vary; give at least one 'KEY=VALUE,VALUE'"
  [ $slurm = no ] || [ $mode = grid ] || mistake "--slurm goes with a grid, not with --optuna or --check"
  for word in "${axes[@]}" "${fixed[@]+"${fixed[@]}"}"; do
    [[ $word =~ ^[A-Za-z0-9_.-]+=.+ ]] || mistake "'$word' is not of the form KEY=VALUE"
    [[ $word != *[$'\t\n\x1f']* ]] || mistake "'${word%%=*}': a value may not hold tabs or line ends"
  done
  for word in "${axes[@]}"; do
    [ $mode = optuna ] || positions_of "$word" >/dev/null
    [ $mode != optuna ] || [[ $word != *';'* ]] || mistake "'$word': keys that go together are for a grid; Optuna takes each alone"
    keys+=$(split "$word" ';' | cut -d = -f 1)$'\n'
  done
  [ -z "$(printf '%s' "$keys" | sort | uniq -d)" ] || mistake "a key is varied twice: $(printf '%s' "$keys" | sort | uniq -d | tr '\n' ' ')"
  [ -x "$trainer" ] || mistake "$trainer is not built; run scripts/setup.sh"
  [ $slurm = yes ] || command -v parallel >/dev/null || mistake "GNU parallel is not installed; run scripts/setup.sh (apt-get install parallel)"
}

# --- the grid ---------------------------------------------------------------------------------------------------------

# split TEXT SEPARATOR: its parts, one a line. Separators inside brackets and quotes belong to a part.
split() {
  local text=$1 part='' depth=0 quote='' i c
  for ((i = 0; i < ${#text}; ++i)); do
    c=${text:i:1}
    if [ -n "$quote" ]; then
      [ "$c" != "$quote" ] || quote=''
    elif [ "$c" = "$2" ] && [ $depth = 0 ]; then
      printf '%s\n' "$part"
      part=''
      continue
    else
      case $c in
        '"' | "'") quote=$c ;;
        '[' | '{') depth=$((depth + 1)) ;;
        ']' | '}') depth=$((depth - 1)) ;;
      esac
    fi
    part+=$c
  done
  printf '%s\n' "$part"
}

# The settings of each position of an axis, one position a line, tabs between keys that go together.
positions_of() {
  local parts part values i rows=()
  mapfile -t parts < <(split "$1" ';')
  for part in "${parts[@]}"; do
    [[ $part =~ ^[A-Za-z0-9_.-]+=.+ ]] || mistake "'$part' is not of the form KEY=VALUE,VALUE..."
    mapfile -t values < <(split "${part#*=}" ,)
    [ ${#rows[@]} = 0 ] || [ ${#rows[@]} = ${#values[@]} ] ||
      mistake "'$1': keys that go together need equally many values, not ${#rows[@]} and ${#values[@]}"
    for i in "${!values[@]}"; do
      [ -n "${values[i]}" ] || mistake "'$part' has an empty value"
      rows[i]="${rows[i]:-}${rows[i]:+$'\t'}${part%%=*}=${values[i]}"
    done
  done
  [ -z "$(printf '%s\n' "${rows[@]}" | sort | uniq -d)" ] || mistake "'$1' has a value twice"
  printf '%s\n' "${rows[@]}"
}

# The last word of a key, or all of it where two axes end in the same word.
short_name() {
  local other same=0
  for other in "${axes[@]%%=*}"; do [ "${other##*.}" != "${1##*.}" ] || same=$((same + 1)); done
  if [ $same = 1 ]; then printf '%s' "${1##*.}"; else printf '%s' "$1"; fi
}

# Fills `cells`: a line for each, "name<tab>KEY=VALUE<tab>...", the last axis fastest.
make_cells() {
  local axis positions position cell partial=('') grown
  for axis in "${axes[@]}"; do
    mapfile -t positions < <(positions_of "$axis")
    grown=()
    for cell in "${partial[@]}"; do
      for position in "${positions[@]}"; do grown+=("$cell"$'\t'"$position"); done
    done
    partial=("${grown[@]}")
  done
  name_cells
}

# After the first key of each axis; what goes together with it needs no name.
name_cells() {
  local cell set sets name leading
  leading=" ${axes[*]%%=*} "
  cells=()
  for cell in "${partial[@]}"; do
    IFS=$'\t' read -r -a sets <<<"${cell#?}"
    name=''
    for set in "${sets[@]}"; do
      [[ $leading == *" ${set%%=*} "* ]] || continue
      name+="${name:+,}$(short_name "${set%%=*}")=${set#*=}"
    done
    name=$(printf '%s' "$name" | tr -c 'A-Za-z0-9._=,+-' '-')
    # A name that is too long for a folder, or that two cells share, ends in a sum of what it stands for.
    if [ ${#name} -gt 120 ] || [[ $'\n'${names:-}$'\n' == *$'\n'"$name"$'\n'* ]]; then
      name="${name:0:100}-$(printf '%s' "$cell" | cksum | cut -d ' ' -f 1)"
    fi
    names+="${names:+$'\n'}$name"
    cells+=("$name$cell")
  done
}

# "--set KEY=VALUE" for each setting of a cell's line, on one line each.
settings_of() {
  local sets set
  IFS=$'\t' read -r -a sets <<<"$1"
  for set in "${fixed[@]+"${fixed[@]}"}" "${sets[@]:1}"; do printf -- '--set\n%s\n' "$set"; done
}

# --- before anything runs ---------------------------------------------------------------------------------------------

# Validates cells that together hold every value of every axis; all that is wrong is said once.
check_values() {
  local longest=0 axis count i settings errors
  for axis in "${axes[@]}"; do
    count=$(positions_of "$axis" | wc -l)
    [ "$count" -le $longest ] || longest=$count
  done
  errors=$(for ((i = 0; i < longest; ++i)); do
    mapfile -t settings < <(settings_of "$(diagonal $i)")
    "$trainer" check --config "$recipe" "${settings[@]}" 2>&1 >/dev/null || echo "exit code $?"
  done | awk '!seen[$0]++')
  [ -z "$errors" ] || {
    printf '%s\n' "$errors" | grep -v '^exit code 2$' >&2
    mistake "nothing was run; correct what the lines above name"
  }
}

# The cell whose every axis stands at its i-th position, counted around.
diagonal() {
  local axis positions line=diagonal
  for axis in "${axes[@]}"; do
    mapfile -t positions < <(positions_of "$axis")
    line+=$'\t'${positions[$(($1 % ${#positions[@]}))]}
  done
  printf '%s' "$line"
}

# Cells that were begun must have been made by the recipe as it is now.
check_begun() {
  local cell name settings other=()
  for cell in "${cells[@]}"; do
    name=${cell%%$'\t'*}
    [ -e "$output/$name/recipe.yaml" ] || continue
    mapfile -t settings < <(settings_of "$cell")
    "$trainer" check --resolved --config "$recipe" "${settings[@]}" 2>/dev/null |
      cmp -s - "$output/$name/recipe.yaml" || other+=("$name")
  done
  [ ${#other[@]} = 0 ] ||
    mistake "made by another recipe or other settings than now: ${other[*]}; give another --output, or remove these folders of $output"
}

# What sweep_cell.sh and sweep_optuna.sh read; private, since a storage's address may hold a password.
write_settings() {
  local number_of_cells=${#cells[@]} processors
  processors=$(nproc)
  if [ -z "$jobs" ]; then
    jobs=$processors
    if [ $mode = optuna ]; then number_of_cells=$trials; fi
    [ "$jobs" -le "$number_of_cells" ] || jobs=$number_of_cells
  fi
  # Other threads would give other bits, and a resume under them would be refused.
  if [ -z "$threads" ] && [ -e "$output/sweep.settings" ]; then
    threads=$(sed -n 's/^declare -- threads="\([0-9]*\)"$/\1/p' "$output/sweep.settings")
  fi
  [ -n "$threads" ] || threads=$((processors > jobs ? processors / jobs : 1))
  recipe=$(realpath "$recipe") trainer=$(realpath "$trainer") output=$(realpath "$output")
  directory=$PWD
  (
    umask 077
    declare -p recipe trainer output threads directory fixed extra axes trials objective study storage >"$output/sweep.settings.part"
  )
  mv "$output/sweep.settings.part" "$output/sweep.settings"
}

# --- running ----------------------------------------------------------------------------------------------------------

# Runs "$@" for each line of standard input, and stops it with the signal that lets a run save itself.
in_parallel() {
  local worker
  # A command in the background would lose its standard input. In a session of its own it does not hear Ctrl-C, at which
  # it would leave at once: what runs is told here, and waited for.
  exec 3<&0
  setsid parallel --will-cite --jobs "$jobs" --line-buffer --termseq TERM,600000,KILL,25 "$@" <&3 3<&- &
  worker=$!
  exec 3<&-
  # The first TERM starts no more jobs, the second one ends those that run.
  trap 'interrupted=yes; kill -TERM $worker 2>/dev/null || true; sleep 0.2; kill -TERM $worker 2>/dev/null || true' INT TERM
  while kill -0 $worker 2>/dev/null; do wait $worker || true; done
  trap - INT TERM
}

run_grid() {
  printf '%s\n' "${cells[@]}" >"$output/cells.tsv"
  if [ $slurm = yes ]; then
    write_job_array
    return
  fi
  say "${#cells[@]} cells in $output, $jobs at a time, $threads threads each"
  in_parallel "$here/sweep_cell.sh" "$output" < <(seq 1 ${#cells[@]})
}

write_job_array() {
  local script=$output/sweep.sbatch id
  cat >"$script" <<END
#!/bin/bash
#SBATCH --job-name=sweep
#SBATCH --array=1-${#cells[@]}%$jobs
#SBATCH --cpus-per-task=$threads
#SBATCH --output=$output/logs/slurm-%A_%a.txt
exec $(printf '%q' "$here/sweep_cell.sh") $(printf '%q' "$output") "\$SLURM_ARRAY_TASK_ID"
END
  if ! command -v sbatch >/dev/null; then
    say "no sbatch here; on the cluster: sbatch $script, and when it is done: $0 ... again, which reports"
    exit 0
  fi
  id=$(sbatch --parsable "$script") || { printf 'sweep: sbatch refused %s\n' "$script" >&2; exit 1; }
  sbatch --parsable --dependency="afterany:${id%%;*}" --job-name=sweep_report --output="$output/logs/slurm-report.txt" \
    --wrap "$(printf '%q ' "$here/sweep_report.sh" "$output")" >/dev/null
  say "submitted ${#cells[@]} tasks as job ${id%%;*}; the report follows in $output/report.html"
  exit 0
}

main() {
  local names='' interrupted=no
  read_arguments "$@"
  check_arguments
  [ -n "$output" ] || output=runs/sweep_$(basename "${recipe%.*}")
  [ -n "$study" ] || study=$(basename "${recipe%.*}")
  cells=()
  if [ $mode = optuna ]; then
    # shellcheck source=scripts/sweep_optuna.sh
    source "$here/sweep_optuna.sh"
    prepare_study
  else
    make_cells
    check_values
    check_begun
    if [ $mode = check ]; then
      printf '%s\n' "${cells[@]%%$'\t'*}"
      exit 0
    fi
  fi
  mkdir -p "$output/logs"
  write_settings
  if [ $mode = optuna ]; then run_study; else run_grid; fi
  [ $interrupted = no ] || {
    say "interrupted; what was running is saved. The same call goes on"
    exit 130
  }
  exec "$here/sweep_report.sh" "$output"
}

[[ ${BASH_SOURCE[0]} != "$0" ]] || main "$@"
