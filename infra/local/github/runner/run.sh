#!/bin/sh
# Starts the runner's listener. As the real one it must not run as root unasked.
folder=$(cd "$(dirname "$0")" && pwd)
if [ "$(id -u)" -eq 0 ] && [ -z "$RUNNER_ALLOW_RUNASROOT" ]; then
  echo 'Must not run interactively with sudo'
  exit 1
fi
exec "$folder/bin/Runner.Listener"
