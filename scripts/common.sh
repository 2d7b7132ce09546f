# shellcheck shell=bash
# What the scripts beside this file share. Sourced, never run.

# shellcheck disable=SC2034 # the scripts use it
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." >/dev/null && pwd)

# What a script does and why it stops goes to stderr; stdout belongs to the program that it runs.
say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

# stop CODE REASON…: the codes are those of lockstep itself (2 usage, 4 the environment is missing, …).
stop() {
  local code=$1
  shift
  say "$*"
  exit "$code"
}

# Runs a command whose output matters only when it fails.
quietly() {
  local output status=0
  output=$("$@" 2>&1) || status=$?
  ((status == 0)) || printf '%s\n' "$output" >&2
  return "$status"
}

check_preset() {
  case $1 in
    release | debug | asan | tsan) ;;
    *) stop 2 "there is no preset \"$1\": choose release, debug, asan or tsan" ;;
  esac
}

# Runs a command that gets the signals sent to this script, and returns its exit status.
# Job control gives it a process group of its own, so that Ctrl-C reaches it once, from here.
run_and_forward_signals() {
  local child='' signal status=0
  for signal in INT TERM HUP; do
    # shellcheck disable=SC2064 # the signal is meant now, the child then
    trap "[[ -z \$child ]] || kill -$signal \$child 2>/dev/null || true" "$signal"
  done
  set -m
  "$@" </dev/null &
  child=$!
  set +m
  wait "$child" || status=$?
  while kill -0 "$child" 2>/dev/null; do # a signal cut the wait short; the child is still finishing
    status=0
    wait "$child" || status=$?
  done
  trap - INT TERM HUP
  return "$status"
}
