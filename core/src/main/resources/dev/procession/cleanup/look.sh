# How Procession's watchdog finds processes. Dash reads a file byte by byte and a fork costs a millisecond, so each function
# lets one program read many files. The same functions serve a shell of another user, who can look where the watchdog cannot.
#
# in_run   matches the variable that processes of the run carry
# born     the clock tick at which the JVM was started
# reapers  who inherits the JVM's orphans
# ports    those that were leased for the run, as /proc/net/tcp has them, with a blank on each side
# orphans  who may have been left by the run: the sign by which they are known is yet to be found
# found    who was found to be of the run; a blank on each side, as in all these lists
# missed   yes if somebody had gone who was just seen with a sign of the run: what it has started has to be looked for
#
# A process has start_PID, the clock tick at which it was started, as soon as it was looked at.

blanks=' 	
'
newline='
'
IFS=$blanks

# Not every grep takes NULs for line ends.
if printf 'a\0b' | grep -qz '^b$'; then grep_reads_nul=yes; else grep_reads_nul=no; fi

# Splits a line of /proc/PID/stat: sets pid, state, parent, group, session, terminal and start. A name may hold a line end,
# which has cut its line in two: fails until the rest is there.
split() {
  row=$cut_off$1
  cut_off=
  fields=${row#*) }
  # The name stands in parentheses and may hold anything.
  case $fields in *') '*) fields=${row##*) } ;; esac
  pid=${row%% *}
  set -- $fields
  if [ $# -lt 20 ]; then
    cut_off="$row "
    return 1
  fi
  state=$1 parent=$2 group=$3 session=$4 terminal=$5
  shift 17
  # Its first thread can end before it.
  if [ "$state" = Z ] && [ "$1" != 1 ] && [ "$1" != 0 ]; then state=R; fi
  start=$3
  are_numbers "$pid$parent$group$session$start"
}
cut_off=

are_numbers() {
  case $1 in '' | *[!0-9]*) return 1 ;; esac
}

# The same for one process, without a fork; fails if it has gone.
stat_of() {
  line=
  while read -r part || [ -n "$part" ]; do line="$line $part"; done <"/proc/$1/stat" || return 1
  cut_off=
  [ -n "$line" ] && split "${line# }"
}

has_in_environment() { # PID REGEX
  if [ $grep_reads_nul = yes ]; then
    grep -qszE "$2" "/proc/$1/environ"
  else
    tr '\0' '\n' <"/proc/$1/environ" | grep -qE "$2"
  fi
}

# Sets marked: those that have the regex in their environment. One grep for all.
look_for_marked() {
  marked=' '
  set +f
  if [ $grep_reads_nul = yes ]; then
    files=$(grep -lszE "$1" /proc/[0-9]*/environ)
    set -f
    for file in $files; do
      file=${file#/proc/}
      marked="$marked${file%/environ} "
    done
  else
    for folder in /proc/[0-9]*; do
      set -f
      if has_in_environment "${folder#/proc/}" "$1"; then marked="$marked${folder#/proc/} "; fi
    done
    set -f
  fi
}

# Adds pid $1 to the found ones.
add() {
  case $found in *" $1 "*) return ;; esac
  found="$found$1 "
}

# Looks at pid $1, which was not there at the last look at all. What was seen of it before that can have been another's.
meet() {
  [ "$1" != $$ ] || return 1
  if ! stat_of "$1"; then
    missed=yes
    return 1
  fi
  case $state in
    Z | X)
      missed=yes
      return 1
      ;;
  esac
  eval "start_$1=\$start"
  seen="$seen$1 "
  note_orphan "$1" "$parent" "$terminal" "$start"
}

is_known() {
  eval "[ -n \"\${start_$1-}\" ]"
}

# Adds pid $1 to the orphans if it is one: it was started since the JVM was, and has no terminal.
note_orphan() { # PID PARENT TERMINAL START
  case $reapers in
    *" $2 "*) if [ "$3" = 0 ] && [ "$4" -ge "$born" ]; then orphans="$orphans$1 "; fi ;;
  esac
}

is_orphan() {
  is_known "$1" || meet "$1" || return 1
  case $orphans in *" $1 "*) ;; *) return 1 ;; esac
}

# Whether pid $1 runs as our user and bears the mark of no run: by that of this one it is found anyway, and by that of another
# it is not ours.
is_unmarked() {
  [ -O "/proc/$1" ] && ! has_in_environment "$1" '^PROCESSION_RUN='
}

# Whether pid $1 works in or below one of the folders that follow. Leaves us in its folder.
works_in() {
  cd -P "/proc/$1/cwd" || return 1
  place=$PWD
  # Of a folder that was removed, a shell cannot say where it is.
  case $place in
    '' | /proc/*)
      read_link "/proc/$1/cwd"
      place=${target%' (deleted)'}
      ;;
  esac
  shift
  for told in "$@"; do
    case $place in "$told" | "$told"/*) return ;; esac
  done
  return 1
}

# Adds to found which of the orphans work in or below one of the folders $@.
sweep_folders() {
  [ $# -gt 0 ] || return 0
  set +f
  for folder in /proc/[0-9]*; do
    set -f
    folder=${folder#/proc/}
    if is_known "$folder" && ! is_orphan "$folder"; then continue; fi
    if [ "$folder" = $$ ] || ! works_in "$folder" "$@"; then continue; fi
    if is_orphan "$folder" && works_in "$folder" "$@" && is_unmarked "$folder"; then add "$folder"; fi
  done
  set -f
  cd /
}

# Splits a line of ls -l about a descriptor: sets link, its pid and its target; fails for any other line.
split_link() {
  case $1 in *' /proc/'*'/fd/'*' -> '*) ;; *) return 1 ;; esac
  target=${1#*' -> '}
  link=${1%%' -> '*}
  link=/proc/${link##* /proc/}
  pid=${link#/proc/}
  pid=${pid%%/*}
}

# Sets target to where a link leads, exactly: a name that holds a line end can look like two lines of ls.
read_link() {
  target=$(readlink "$1" && echo .)
  target=${target%"$newline."}
}

# Adds to found which of the orphans write their output to a file in or below one of the folders $@, which may be removed by
# now. A program has that sign from its first instruction on.
sweep_outputs() {
  [ $# -gt 0 ] || return 0
  names=
  for told in "$@"; do
    told=${told%%"$newline"*}
    names="$names${names:+$newline}-> $told"
    # What is not printable is a ? to the ls of busybox.
    case $told in *[!\ -~]*) names="$names$newline-> $(printf %s "$told" | tr -c ' -~' '?')" ;; esac
  done
  lines=$(set +f && ls -ln /proc/[0-9]*/fd/1 /proc/[0-9]*/fd/2 | grep -F -e "$names")
  IFS=$newline
  for line in $lines; do
    IFS=$blanks
    split_link "$line" && is_orphan "$pid" || continue
    read_link "$link"
    for told in "$@"; do
      case $target in
        "$told"/*)
          if is_unmarked "$pid"; then add "$pid"; fi
          break
          ;;
      esac
    done
  done
  IFS=$blanks
}

# Adds to found which of the orphans listen on a port that was leased for the run.
sweep_ports() {
  [ "$ports" != ' ' ] && [ "$orphans" != ' ' ] || return 0
  sockets=' '
  lines=$(grep -h ' 0A ' /proc/net/tcp /proc/net/tcp6)
  IFS=$newline
  for line in $lines; do
    IFS=$blanks
    set -- $line
    case $ports in *" ${2##*:} "*) [ "$4" = 0A ] && sockets="${sockets}socket:[${10}] " ;; esac
  done
  IFS=$blanks
  [ "$sockets" != ' ' ] || return 0
  files=
  for pid in $orphans; do files="$files /proc/$pid/fd/*"; done
  lines=$(set +f && ls -ln $files)
  IFS=$newline
  for line in $lines; do
    IFS=$blanks
    split_link "$line" && is_orphan "$pid" || continue
    case $sockets in
      *" $target "*)
        socket=$target
        read_link "$link"
        if [ "$target" = "$socket" ] && is_unmarked "$pid"; then add "$pid"; fi
        ;;
    esac
  done
  IFS=$blanks
}

# Adds to found whoever carries the run's id.
sweep_run() {
  look_for_marked "$in_run"
  for one in $marked; do
    if is_known "$one" || { meet "$one" && has_in_environment "$one" "$in_run"; }; then add "$one"; fi
  done
}

# Takes the watchdogs of all runs out of found: the end of its own pipe ends each.
drop_watchdogs() {
  [ "$found" != ' ' ] || return 0
  look_for_marked '^PROCESSION_WATCHDOG=1$'
  left=' '
  for pid in $found; do
    case $marked in *" $pid "*) ;; *) left="$left$pid " ;; esac
  done
  found=$left
}
