#!/bin/sh
# Packed as Runner.Listener and Runner.Worker: stays a shell, so that lists of processes show that name, with
# its program as a child that gets our signals and our input, and ends with its exit status.
child=
trap '[ -z "$child" ] || kill -TERM "$child" 2>/dev/null' HUP INT TERM
# A child in the background has no input of its own: it reads ours as 3.
exec 3<&0
@NODE@ "${0%/*}/@MODULE@.mjs" <&3 3<&- &
child=$!
exec 3<&-
wait "$child"
status=$?
# A signal ends `wait` early.
while kill -0 "$child" 2>/dev/null; do
  wait "$child"
  status=$?
done
exit "$status"
