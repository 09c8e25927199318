# Procession's watchdog: waits until the JVM that feeds it has gone, and then ends what that JVM left running.
#
# $1     the id of the run, which stands in the PROCESSION_RUN of every process of it
# stdin  "+ PGID TICKS" a group was started, its leader at that clock tick; "- PGID" it is gone.
#        The end of input means that the JVM has vanished.
#
# Plain POSIX sh for dash and busybox; reads /proc with builtins, since a fork for each process would be too slow.

trap '' HUP INT TERM
LC_ALL=C
export LC_ALL
in_run="^PROCESSION_RUN=(.*/)?$1(/.*)?\$"
groups=' '

while read -r what pgid ticks; do
  case $what in
    +) groups="$groups$pgid:$ticks " ;;
    -)
      case $groups in
        *" $pgid:"*)
          rest=${groups#*" $pgid:"}
          groups="${groups%%" $pgid:"*} ${rest#* }"
          ;;
      esac
      ;;
  esac
done

set -f

# Not every grep takes NULs for line ends, and not every kill knows the -- that others need before a group.
if printf 'a\0b' | grep -qz '^b$'; then grep_reads_nul=yes; else grep_reads_nul=no; fi
if kill -s 0 -- $$; then end_of_options=--; else end_of_options=; fi

# Splits the stat line of pid $1: sets state, parent, group, session and start; fails if it has gone.
stat_of() {
  line=
  while read -r part || [ -n "$part" ]; do line="$line $part"; done <"/proc/$1/stat" || return 1
  [ -n "$line" ] || return 1
  # The name stands in parentheses and may hold anything.
  set -- ${line##*) }
  state=$1 parent=$2 group=$3 session=$4
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

# Adds pid $1 to the found ones, unless it is another run's watchdog: the end of its own pipe ends that.
add() {
  case $found in *" $1 "*) return ;; esac
  [ "$1" != $$ ] || return
  has_in_environment "$1" '^PROCESSION_WATCHDOG=1$' || found="$found$1 "
}

# Sets found: whoever is in one of the groups or sessions, or descends from such a process.
sweep_tree() {
  others=
  set +f
  for folder in /proc/[0-9]*; do
    set -f
    pid=${folder#/proc/}
    stat_of "$pid" || continue
    case $state in Z | X) continue ;; esac
    case $roots in
      *" $group "* | *" $session "*) add "$pid" ;;
      *) others="$others$pid:$parent " ;;
    esac
  done
  set -f
  before=
  while [ "$found" != "$before" ]; do
    before=$found
    for other in $others; do
      case $found in *" ${other#*:} "*) add "${other%:*}" ;; esac
    done
  done
}

# Adds to found whoever carries the run's id.
sweep_run() {
  if [ $grep_reads_nul = yes ]; then
    set +f
    marked=$(grep -lszE "$in_run" /proc/[0-9]*/environ)
    set -f
    for file in $marked; do
      pid=${file#/proc/}
      add "${pid%/environ}"
    done
  else
    set +f
    for folder in /proc/[0-9]*; do
      set -f
      if has_in_environment "${folder#/proc/}" "$in_run"; then add "${folder#/proc/}"; fi
    done
    set -f
  fi
}

# A leader with another start is a newcomer that was given the number of one of ours: its group is its own.
roots=' '
for entry in $groups; do
  pgid=${entry%:*}
  if ! stat_of "$pgid" || [ "$start" = "${entry#*:}" ]; then roots="$roots$pgid "; fi
done

# Stopped first, so that nobody forks away between the look and the kill.
for pgid in $roots; do kill -s STOP $end_of_options "-$pgid"; done

# A process that was spawned but not yet reported, or that is just being forked, is only seen by a later look.
rounds=0
quiet=0
while [ $rounds -lt 400 ] && { [ $quiet -lt 2 ] || [ $rounds -lt 9 ]; }; do
  found=' '
  sweep_tree
  for pgid in $roots; do kill -s KILL $end_of_options "-$pgid"; done
  [ "$found" = ' ' ] || kill -s KILL $found
  tree=$found
  found=' '
  sweep_run
  [ "$found" = ' ' ] || kill -s KILL $found
  if [ "$tree$found" = '  ' ]; then quiet=$((quiet + 1)); else quiet=0; fi
  rounds=$((rounds + 1))
  sleep 0.05 || sleep 1
done
