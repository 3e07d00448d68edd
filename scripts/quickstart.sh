#!/usr/bin/env bash
# From nothing to a verified int8 keyword spotter: sets up, makes a speech corpus where there is none, runs a recipe and
# says where its files are and how they did. Arguments go to the trainer (--set training.epochs=3, --output DIR).
#
# With a corpus in data/speech_commands that you put there (scripts/download_speech_commands.sh) it is the full recipe,
# recipes/kws_distill.yaml; with the synthetic stand-in the same with shorter schedules, recipes/kws_distill_quick.yaml.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly corpus=data/speech_commands

say() { printf 'quickstart: %s\n' "$*"; }

# The folder that the run writes: what --output says, else runs/<name of the recipe>.
run_folder() {
  local recipe=$1 argument next=no
  shift
  for argument in "$@"; do
    if [ $next = yes ]; then
      echo "$argument"
      return
    fi
    case $argument in
      --output) next=yes ;;
      --output=*)
        echo "${argument#--output=}"
        return
        ;;
    esac
  done
  echo "runs/$(sed -n 's/^name: *\([A-Za-z0-9_.-]*\).*/\1/p' "$recipe")"
}

scripts/setup.sh --target trainer
if [ ! -d $corpus ]; then
  say "$corpus is absent: making a synthetic stand-in, spoken by espeak-ng (about a minute)"
  say "for the real corpus (2.3 GiB) run scripts/download_speech_commands.sh first"
  scripts/make_speech_corpus --output $corpus
fi
recipe=recipes/kws_distill.yaml
if grep -qs "synthetic stand-in" $corpus/README.md; then
  recipe=recipes/kws_distill_quick.yaml
  say "$corpus is synthetic: running $recipe, whose accuracy says nothing about people's voices"
fi
run=$(run_folder "$recipe" "$@")
say "build/release/trainer --config $recipe $*"
status=0
build/release/trainer --config "$recipe" "$@" || status=$?
if [ -e "$run/summary.json" ] && { [ $status = 0 ] || [ $status = 3 ]; }; then
  python3 scripts/show_summary.py "$run"
fi
exit $status
