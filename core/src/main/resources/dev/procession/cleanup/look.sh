# How Procession's watchdog finds processes. Each function reads /proc with builtins, since a fork for each process would be
# too slow; the same functions serve a shell of another user, who can look where the watchdog cannot.
#
# in_run   matches the variable that processes of the run carry
# roots    the groups, and also: "PID:TICKS" of processes, that were told of, with a blank on each side
# born     the clock tick at which the JVM was started
# reapers  who inherits the JVM's orphans, with a blank on each side
# end_of_options  what kill needs before a group

# Not every grep takes NULs for line ends.
if printf 'a\0b' | grep -qz '^b$'; then grep_reads_nul=yes; else grep_reads_nul=no; fi

# Splits the stat line of pid $1: sets state, parent, group, session, terminal and start; fails if it has gone.
stat_of() {
  line=
  while read -r part || [ -n "$part" ]; do line="$line $part"; done <"/proc/$1/stat" || return 1
  [ -n "$line" ] || return 1
  # The name stands in parentheses and may hold anything.
  set -- ${line##*) }
  state=$1 parent=$2 group=$3 session=$4 terminal=$5
  shift 19
  start=$1
}

has_in_environment() { # PID REGEX
  if [ $grep_reads_nul = yes ]; then
    grep -qszE "$2" "/proc/$1/environ"
  else
    tr '\0' '\n' <"/proc/$1/environ" | grep -qE "$2"
  fi
}

# Sets marked: the pids of those that have the regex in their environment, with a blank on each side. One grep for all.
look_for_marked() {
  marked=' '
  set +f
  if [ $grep_reads_nul = yes ]; then
    files=$(grep -lszE "$1" /proc/[0-9]*/environ)
    set -f
    for file in $files; do
      pid=${file#/proc/}
      marked="$marked${pid%/environ} "
    done
  else
    for folder in /proc/[0-9]*; do
      set -f
      if has_in_environment "${folder#/proc/}" "$1"; then marked="$marked${folder#/proc/} "; fi
    done
    set -f
  fi
}

# Sets watchdogs: those of all runs, which are never found: the end of its own pipe ends each.
look_for_watchdogs() {
  look_for_marked '^PROCESSION_WATCHDOG=1$'
  watchdogs=$marked
}

# Adds pid $1 to the found ones.
add() {
  case $found$watchdogs in *" $1 "*) return ;; esac
  [ "$1" = $$ ] || found="$found$1 "
}

# Sets found: whoever is in one of the groups or sessions, is one of those told of, or descends from such a process. Sets
# orphans: who may have been left by the run without any of that. A group in which nobody is left is no root any more: its
# number is free, and will be somebody else's.
sweep_tree() {
  look_for_watchdogs
  others=
  orphans=
  used=' '
  set +f
  for folder in /proc/[0-9]*; do
    set -f
    pid=${folder#/proc/}
    stat_of "$pid" || continue
    case $state in Z | X) continue ;; esac
    case $roots in
      *" $group "* | *" $session "*)
        add "$pid"
        used="$used$group $session "
        continue
        ;;
    esac
    case $also in
      *" $pid:$start "*)
        add "$pid"
        continue
        ;;
    esac
    others="$others$pid:$parent "
    case $reapers in
      *" $parent "*) if [ "$terminal" = 0 ] && [ "$start" -ge "$born" ]; then orphans="$orphans$pid "; fi ;;
    esac
  done
  set -f
  left=' '
  for pgid in $roots; do
    # A chain of processes, each of which forks the next and ends, can be missed by a look, but not by the kernel.
    case $used in
      *" $pgid "*) left="$left$pgid " ;;
      *) if kill -s 0 $end_of_options "-$pgid"; then left="$left$pgid "; fi ;;
    esac
  done
  roots=$left
  before=
  while [ "$found" != "$before" ]; do
    before=$found
    for other in $others; do
      case $found in *" ${other#*:} "*) add "${other%:*}" ;; esac
    done
  done
}

# Adds to found which of the orphans work in or below one of the folders $@, as our user and without the mark of any run:
# by that of this one they are found anyway, and by that of another they are not ours.
sweep_folders() {
  [ $# -gt 0 ] || return 0
  look_for_watchdogs
  for pid in $orphans; do
    [ -O "/proc/$pid" ] && cd -P "/proc/$pid/cwd" || continue
    for told in "$@"; do
      case $PWD in
        "$told" | "$told"/*)
          has_in_environment "$pid" '^PROCESSION_RUN=' || add "$pid"
          break
          ;;
      esac
    done
  done
  cd /
}

# Adds to found whoever carries the run's id.
sweep_run() {
  look_for_watchdogs
  look_for_marked "$in_run"
  for pid in $marked; do add "$pid"; done
}
