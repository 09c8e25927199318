# Procession's watchdog: waits until the JVM that feeds it has gone, and then ends what that JVM left running.
#
# $1     the id of the run, which stands in the PROCESSION_RUN of every process of it: the JVM's "PID-TICKS"
# $2     the record of the run, which holds the same lines as the input, and is removed when nothing is left; may be empty
# $3     look.sh
# stdin  "+ PGID TICKS"  a group was started, its leader at that clock tick; "- PGID" it is gone
#        "= PID TICKS"   a process that is ours although it has left all groups; "- PID TICKS" it is gone
#        "/ PATH"        a folder of the run, without links
#        "u UID GID"     a user as whom processes of the run were started
#        The end of input means that the JVM has vanished.
#
# Plain POSIX sh for dash and busybox.

trap '' HUP INT TERM
LC_ALL=C
export LC_ALL
set -f
record=$2
look=$3
in_run="^PROCESSION_RUN=(.*/)?$1(/.*)?\$"
born=${1#*-}
eval "$look"

# To whom the kernel gives orphans is known while the JVM is there.
reapers=' 1 '
pid=${1%-*}
while stat_of "$pid" && [ "$parent" -gt 1 ]; do
  reapers="$reapers$parent "
  pid=$parent
done

# Takes up one line, but for folders: a function has parameters of its own.
take() {
  told=${1#??}
  case $1 in
    '+ '*) groups="$groups${told% *}:${told#* } " ;;
    '= '*) also="$also${told% *}:${told#* } " ;;
    '- '*' '*)
      case $also in
        *" ${told% *}:${told#* } "*)
          rest=${also#*" ${told% *}:${told#* } "}
          also="${also%%" ${told% *}:${told#* } "*} $rest"
          ;;
      esac
      ;;
    '- '*)
      case $groups in
        *" $told:"*)
          rest=${groups#*" $told:"}
          groups="${groups%%" $told:"*} ${rest#* }"
          ;;
      esac
      ;;
    'u '*) users="$users${told% *}:${told#* } " ;;
  esac
}

groups=' '
also=' '
users=' '
set --
while IFS= read -r line; do
  case $line in
    '/ '*) set -- "$@" "${line#??}" ;;
    *) take "$line" ;;
  esac
done

# A watchdog that has just taken another's place may not have been told all when the JVM vanished; the record was.
if [ -r "$record" ]; then
  groups_told=$groups
  also_told=$also
  groups=' '
  also=' '
  while IFS= read -r line; do
    case $line in
      '/ '*) set -- "$@" "${line#??}" ;;
      *) take "$line" ;;
    esac
  done <"$record"
  groups=$groups$groups_told
  also=$also$also_told
fi

# Not every kill knows the -- that others need before a group.
if kill -s 0 -- $$; then end_of_options=--; else end_of_options=; fi

# Adds to found what only its own user can look into: without SYS_PTRACE, as in a container, not even root can.
sweep_as_users() {
  for user in $users; do
    seen=$(
      export in_run orphans
      setpriv --reuid "${user%:*}" --regid "${user#*:}" --clear-groups sh -c "set -f
$look"'
        found=" "
        sweep_run
        sweep_folders "$@"
        echo "$found"' procession-look "$@"
    )
    for pid in $seen; do add "$pid"; done
  done
}

# A leader with another start is a newcomer that was given the number of one of ours: its group is its own.
roots=' '
for entry in $groups; do
  pgid=${entry%:*}
  if ! stat_of "$pgid" || [ "$start" = "${entry#*:}" ]; then roots="$roots$pgid "; fi
done

# Stopped first, so that nobody forks away between the look and the kill.
for pgid in $roots; do kill -s STOP $end_of_options "-$pgid"; done
for entry in $also; do
  if stat_of "${entry%:*}" && [ "$start" = "${entry#*:}" ]; then kill -s STOP "${entry%:*}"; fi
done

# At once after each look: a chain of processes, each of which forks the next and ends, is soon somebody else.
kill_found() {
  [ "$found" != ' ' ] || return 0
  kill -s KILL $found
  found=' '
  quiet=0
}

# A process that was spawned but not yet reported, or that is just being forked, is only seen by a later look.
rounds=0
quiet=0
found=' '
while [ $rounds -lt 400 ] && { [ $quiet -lt 2 ] || [ $rounds -lt 9 ]; }; do
  quiet=$((quiet + 1))
  sweep_tree
  for pgid in $roots; do kill -s KILL $end_of_options "-$pgid"; done
  kill_found
  sweep_folders "$@"
  kill_found
  sweep_run
  kill_found
  sweep_as_users "$@"
  kill_found
  rounds=$((rounds + 1))
  sleep 0.05 || sleep 1
done

# What is left in spite of all this is for the next JVM to find.
if [ -n "$record" ] && [ $quiet -ge 2 ]; then rm -f -- "$record"; fi
