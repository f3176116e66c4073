#!/bin/sh
# The agent on AWS CodeBuild: root in the container of a build, which ends with the agent. It also reads:
#   CALLSHEET_USER        optional: the user of the image that the runner runs as. Without it that is
#                         `codebuild-user` where the image has one, else root
#   CALLSHEET_DOCKER      1: jobs use containers, so a Docker daemon must answer
#   CALLSHEET_PROMISE     optional: what is promised of GPUs, see gpu.sh. Without it there need be none
#   CODEBUILD_START_TIME  when the build began, in milliseconds since 1970
# shellcheck source=/dev/null
. "${0%/*}/linux.sh"
# shellcheck source=/dev/null
. "${0%/*}/machine.sh"
# shellcheck source=/dev/null
. "${0%/*}/gpu.sh"
proof() { cat "$home/ticket"; }
power_off() { :; }

# ---- Is it fit to work?
health_check() {
  needs chgrp chmod chown df env head sha256sum timeout && has_room && choose_user codebuild-user || return
  [ "${CALLSHEET_DOCKER:-}" != 1 ] || has_docker || return
  keeps_promise "${CALLSHEET_PROMISE:-0}" host
}
has_docker() {
  socket=${DOCKER_HOST:-unix:///var/run/docker.sock}
  # Who may use Docker is as good as root in this container, but there is nothing else in it than the job.
  case $become,$socket in ?*,unix://*) chgrp "$gid" "${socket#*//}" && chmod g+rw "${socket#*//}" ;; esac
  as_runner timeout 20 docker info > /dev/null && return
  tail -c 2000 "$home/dockerd.log"
  echo 'Docker does not answer. Does the image have it, and may the build start it (privileged mode)?'
  return 1
}

# At most a day, whatever the clocks say; 0 when it is not known.
boot_seconds() {
  value=${CODEBUILD_START_TIME:-}
  case $value in 0* | *[!0-9]*) value= ;; esac
  [ "${#value}" = 13 ] || { echo 0; return; }
  value=$(($(now) - value / 1000))
  echo $((value < 0 ? 0 : value > 86400 ? 86400 : value))
}
