# Procession's watchdog: waits until the JVM that feeds it has gone, and then ends what that JVM left running.
#
# $1     the id of the run, which stands in the PROCESSION_RUN of every process of it: the JVM's "PID-TICKS"
# $2     the record of the run, which holds the same lines as the input, and is removed when nothing is left; may be empty
# $3     look.sh
# $4     the shell itself, and $5 what it has to be told to be one; sh if it is missing
# $6     yes if all that the record holds by now has been told
# stdin  "+ PGID TICKS"  a group was started, its leader at that clock tick; "- PGID" it is gone
#        "= PID TICKS"   a process that is ours although it has left all groups; "- PID TICKS" it is gone
#        "/ PATH"        a folder of the run, without links; or "/N PATH", N above 0, where \n and \r stand for line ends and
#                        \\ for a backslash; "- /N" it is given back
#        "p PORT"        a port that was leased for the run; "- p PORT" it is given back
#        "u UID GID"     a user as whom processes of the run were started
#        "."             as $6
#        The end of input means that the JVM has vanished.
#
# Plain POSIX sh for dash and busybox. What is told is kept in variables: whatever is taken back leaves nothing to be searched.

trap '' HUP INT TERM
LC_ALL=C
export LC_ALL
set -f
record=$2
look=$3
shell=${4:-sh}
applet=${5-}
complete=${6:-no}
in_run="^PROCESSION_RUN=(.*/)?$1(/.*)?\$"
born=${1#*-}
jvm=${1%-*}
eval "$look"

# To whom the kernel gives orphans is known while the JVM is there. It has children itself until the kernel has ended it.
reapers=" 1 $jvm "
parent=$jvm
while stat_of "$parent" && [ "$parent" -gt 1 ]; do reapers="$reapers$parent "; done

# Takes up one line. What the input and what the record say is kept apart.
take() {
  case $1 in
    '/'*)
      number=${1%% *}
      number=${number#/}
      [ -n "$number" ] || { places=$((places + 1)) && number=0_$places; }
      told=${1#* }
      eval "${from}_folder_$number=\$told"
      return
      ;;
    '- /'*)
      if are_numbers "${1#- /}"; then unset "${from}_folder_${1#- /}"; fi
      return
      ;;
  esac
  set -- $1
  case $1$2 in
    -p) are_numbers "$3" && unset "${from}_port_$3" ;;
    p*) are_numbers "$2" && eval "${from}_port_$2=1" ;;
    u*) are_numbers "$2$3" && eval "${from}_user_$2_$3=1" ;;
    +*) are_numbers "$2$3" && eval "${from}_group_$2=\$3" ;;
    =*) are_numbers "$2$3" && eval "${from}_also_$2=\$3" ;;
    -*)
      are_numbers "$2$3" || return
      if [ $# -eq 2 ]; then
        unset "${from}_group_$2"
      elif eval "[ \"\${${from}_also_$2-}\" = $3 ]"; then
        unset "${from}_also_$2"
      fi
      ;;
    .) complete=yes ;;
  esac
}

from=told
places=0
while IFS= read -r line; do take "$line"; done

# A watchdog that has just taken another's place may not have been told all when the JVM vanished; the record was.
if [ $complete = no ] && [ -r "$record" ]; then
  from=noted
  lines=$(cat "$record" && echo .)
  # Without a last line that has no end.
  lines=${lines%"$newline"*}
  IFS=$newline
  for line in $lines; do
    IFS=$blanks
    take "$line"
  done
  IFS=$blanks
fi

# What the input says comes last, and counts.
roots=
ports=' '
users=
set --
entries=$(set | grep -E '^(noted|told)_(group|also|folder|port|user)_[0-9_]+=')
IFS=$newline
for entry in $entries; do
  IFS=$blanks
  name=${entry%%=*}
  number=${name#*_*_}
  eval "told=\${$name-}"
  case $name in
    *_group_*)
      eval "[ -n \"\${group_$number-}\" ]" || roots="$roots$number "
      eval "group_$number=\$told"
      ;;
    *_also_*) eval "also_$number=\$told" ;;
    *_port_*) ports="$ports$(printf %04X "$number") " ;;
    *_user_*) users="$users$number " ;;
    *_folder_*)
      case $number in
        0_*) ;;
        *)
          case $told in *\\*) told=$(printf '%b.' "$told") && told=${told%.} ;; esac
          ;;
      esac
      case $told in /*) set -- "$@" "$told" ;; esac
      ;;
  esac
done
IFS=$blanks

# Not every kill knows the -- that others need before a group.
if kill -s 0 -- $$; then end_of_options=--; else end_of_options=; fi

# Stopped first, so that nobody forks away between the look and the kill, and that each group keeps its number: what is stopped
# does not end by itself.
stop_groups() {
  for root in $roots; do kill -s STOP $end_of_options "-$root"; done
}

# A leader with another start is a newcomer that was given the number of one of ours: its group is its own, and goes on.
check_leader() {
  eval "told=\${group_$pid-}"
  if [ -n "$told" ] && [ "$told" != "$start" ]; then
    unset "group_$pid"
    kill -s CONT $end_of_options "-$pid"
  fi
}

# Looks at everybody; sets gone if somebody had ended before his turn came. Sets found: who is not in one of the groups but in
# one of the sessions, or was told of, or has a leader or an ancestor who is one of these or was halted. Sets orphans: who may
# have been left by the run without any of that. Of the groups and sessions notes in which round they were last seen.
sweep_tree() {
  for pid in $seen; do unset "start_$pid"; done
  seen=
  living=
  set +f
  set -- /proc/[0-9]*/stat
  set -f
  listed=$#
  rows=$(cat "$@")
  IFS=$newline
  for row in $rows; do
    IFS=$blanks
    split "$row" || continue
    listed=$((listed - 1))
    check_leader
    case $state in Z | X) continue ;; esac
    [ "$pid" != $$ ] && [ "$parent" != $$ ] || continue
    seen="$seen$pid "
    eval "start_$pid=\$start"
    living="$living$pid $parent $group $session $terminal "
  done
  IFS=$blanks
  if [ $listed -gt 0 ]; then gone=yes; fi
  found=' '
  members=
  others=
  orphans=' '
  set -- $living
  while [ $# -gt 0 ]; do
    eval "by_group=\${group_$3-} by_session=\${group_$4-} by_name=\${also_$1-} by_leader=\${halted_$3-}\${halted_$4-}"
    eval "halted=\${halted_$1-} start=\$start_$1"
    if [ "$halted" = "$start" ]; then
      eval "member_$1=1"
      members="$members$1 "
    elif [ -n "$by_group" ]; then
      eval "used_$3=$rounds led_$3=$rounds member_$1=1"
      members="$members$1 "
    elif [ -n "$by_session" ] || [ "$by_name" = "$start" ] || [ -n "$by_leader" ]; then
      eval "used_$4=$rounds member_$1=1"
      members="$members$1 "
      found="$found$1 "
    else
      others="$others$1:$2 "
      note_orphan "$1" "$2" "$5" "$start"
    fi
    shift 5
  done
  before=
  while [ "$members" != "$before" ]; do
    before=$members
    for other in $others; do
      if eval "[ -n \"\${member_${other#*:}-}\" ] && [ -z \"\${member_${other%:*}-}\" ]"; then
        eval "member_${other%:*}=1"
        members="$members${other%:*} "
        found="$found${other%:*} "
      fi
    done
  done
  for pid in $members; do unset "member_$pid"; done
}

# All of a group at once: of a chain of processes, each of which forks the next and ends, none escapes. A group and session
# in which nobody is left is no root any more: its number is free, and will be somebody else's. One look does not tell that:
# it can come too early for whoever was just forked, and too late for his parent.
kill_groups() {
  left=
  for root in $roots; do
    eval "told=\${group_$root-} used=\${used_$root-} led=\${led_$root-}"
    if [ -z "$told" ]; then
      continue
    elif [ "$led" = $rounds ]; then
      kill -s KILL $end_of_options "-$root"
      quiet=0
    elif [ $((rounds - ${used:-0})) -gt 2 ] && ! kill -s 0 $end_of_options "-$root"; then
      unset "group_$root"
      continue
    fi
    left="$left$root "
  done
  roots=$left
}

# Stops whoever was found since the last look, and looks again: those that are still the same are halted, the others go on.
# Nobody is killed yet, so that who has started them, and leads the sessions of others, is there to be seen.
halt_found() {
  drop_watchdogs
  ends=
  files=
  for pid in $found; do
    eval "[ -n \"\${start_$pid-}\" ] && [ \"\${halted_$pid-}\" != \"\$start_$pid\" ]" || continue
    ends="$ends$pid "
    files="$files/proc/$pid/stat "
  done
  found=' '
  [ -n "$ends" ] || return 0
  quiet=0
  kill -s STOP $ends
  others=
  rows=$(cat $files)
  IFS=$newline
  for row in $rows; do
    IFS=$blanks
    split "$row" || continue
    case $state in Z | X) continue ;; esac
    if eval "[ \"\$start_$pid\" = $start ]"; then
      eval "halted_$pid=$start"
      all_halted="$all_halted$pid "
      grown=yes
    else
      others="$others$pid "
    fi
  done
  IFS=$blanks
  [ -z "$others" ] || kill -s CONT $others
}

# The same for whom those had started before they were stopped.
halt_descendants() {
  looks=0
  while [ $grown = yes ] && [ $looks -lt 20 ]; do
    grown=no
    looks=$((looks + 1))
    sweep_tree
    halt_found
  done
}

kill_halted() {
  [ -n "$all_halted" ] || return 0
  kill -s KILL $all_halted
  for pid in $all_halted; do unset "halted_$pid"; done
  all_halted=
}

# Adds to found what only its own user can look into: without SYS_PTRACE, as in a container, not even root can. It is stopped
# there: until it is known here, it could have ended. That user can stop the shell which looks, too, or have it talk without an
# end: then that shell becomes one of the groups that are ended, and he is asked no more.
sweep_as_users() {
  asked=
  for user in $users; do
    if theirs=$(look_as "${user%_*}" "${user#*_}" "$@" | in_time); then
      asked="$asked$user "
    else
      looker=${theirs%%"$newline"*}
      if are_numbers "${looker% *}${looker#* }"; then
        eval "group_${looker% *}=\${looker#* }"
        roots="$roots${looker% *} "
        quiet=0
      fi
    fi
    for one in $theirs; do
      case $one in
        yes) missed=yes ;;
        *:*) adopt "${one%%:*}" "${one#*:}" "${user%_*}" ;;
      esac
    done
  done
  users=$asked
}

# Lets a shell of a user look, for which nobody waits. What it says begins with its pid and start: these are ours to say.
look_as() { # UID GID FOLDER...
  {
    user_id=$1 group_id=$2
    shift 2
    stat_of self || exit
    echo "$pid $start"
    export in_run born reapers orphans ports
    exec setsid setpriv --reuid "$user_id" --regid "$group_id" --clear-groups "$shell" $applet -c "set -f
$look"'
      found=" "
      seen=
      missed=no
      sweep_outputs "$@"
      sweep_folders "$@"
      sweep_run
      sweep_ports
      drop_watchdogs
      if [ "$found" != " " ]; then kill -s STOP $found; fi
      for pid in $found; do eval "echo $pid:\$start_$pid"; done
      echo "$missed"' procession-look "$@"
  } &
}

# Passes on its input: the first line, which names who says it, and of the rest what comes within some 5 s, up to 64 kB; fails if
# he has not ended by then.
in_time() {
  read -r looker && echo "$looker"
  exec 3<&0
  head -c 65536 <&3 &
  reader=$!
  exec 3<&-
  stat_of $reader && reader="$reader $start"
  waits=0
  while is_up $reader || is_up $looker; do
    if [ $waits -ge 250 ]; then
      if is_up $reader; then kill -s KILL "${reader% *}"; fi
      return 1
    fi
    waits=$((waits + 1))
    sleep 0.02 || { sleep 1 && waits=$((waits + 50)); }
  done
}

is_up() { # PID START
  [ $# -eq 2 ] && stat_of "$1" && [ "$start" = "$2" ] && [ "$state" != Z ]
}

# Adds to found a process that a shell of its user has seen. What such a shell says, any program of that user can make it say:
# so it is believed of processes of that user alone, and nothing of it is run.
adopt() { # PID START USER
  are_numbers "$1" && are_numbers "$2" && runs_as "$1" "$3" || return 0
  if ! stat_of "$1"; then
    missed=yes
    return 0
  fi
  [ "$start" = "$2" ] || return 0
  if ! is_known "$1"; then
    eval "start_$1=\$start"
    seen="$seen$1 "
  fi
  add "$1"
}

runs_as() { # PID USER
  while read -r key user_id rest; do
    if [ "$key" = Uid: ]; then
      [ "$user_id" = "$2" ]
      return
    fi
  done <"/proc/$1/status"
  return 1
}

# A process that was spawned but not yet reported, or that is just being forked, is only seen by a later look.
seen=
all_halted=
rounds=0
quiet=0
while [ $rounds -lt 400 ] && { [ $quiet -lt 2 ] || [ $rounds -lt 9 ]; }; do
  quiet=$((quiet + 1))
  grown=no
  gone=no
  missed=no
  stop_groups
  sweep_tree
  first_orphans=$orphans
  halt_found
  sweep_outputs "$@"
  halt_found
  sweep_run
  halt_found
  sweep_folders "$@"
  sweep_ports
  halt_found
  halt_descendants
  kill_groups
  kill_halted
  # Last, since it takes its time.
  if [ -n "$users" ]; then
    sweep_as_users "$@"
    halt_found
    halt_descendants
    kill_halted
  fi
  # Who has ended meanwhile may have been one of a chain, of which each starts the next and ends; or anybody's.
  if [ $rounds -lt 20 ] && [ $gone = yes ]; then missed=yes; fi
  if [ $rounds -lt 40 ]; then
    for pid in $first_orphans; do [ -d "/proc/$pid" ] || missed=yes; done
  fi
  if [ $missed = yes ]; then quiet=0; fi
  rounds=$((rounds + 1))
  sleep 0.05 || sleep 1
done

# What is left in spite of all this is for the next JVM to find.
if [ -n "$record" ] && [ $quiet -ge 2 ]; then rm -f -- "$record"; fi
