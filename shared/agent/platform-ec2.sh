#!/bin/sh
# The agent on AWS EC2: root on a machine of its own, which ends with the agent. It also reads:
#   CALLSHEET_USER     the user of the image that the runner runs as
#   CALLSHEET_DOCKER   1: jobs use containers, so Docker must answer
#   CALLSHEET_PROMISE  what is promised of GPUs, see gpu.sh
# As on GitHub's machines the runner's user may become root: by sudo, which images of clouds give to their
# user, and by Docker. So a job can end this agent; the machine's end comes from outside too. A job can also
# read the document that says who the machine is. It is no secret: before the claim no job runs, and after it
# only the agent's key counts. Containers do not reach the metadata service (hop limit 1).
# shellcheck source=/dev/null
. "${0%/*}/linux.sh"
# shellcheck source=/dev/null
. "${0%/*}/machine.sh"
# shellcheck source=/dev/null
. "${0%/*}/metadata.sh"
# shellcheck source=/dev/null
. "${0%/*}/gpu.sh"
power_off() { systemctl poweroff || shutdown -P now; }

# ---- Is it fit to work?
health_check() {
  needs chgrp chmod chown df env head sha256sum systemctl timeout && has_proof || return
  has_room && choose_user root || return
  if [ "${CALLSHEET_DOCKER:-}" != 1 ]; then keeps_promise "${CALLSHEET_PROMISE:-}" host; return; fi
  has_docker && keeps_promise "${CALLSHEET_PROMISE:-}" container
}
has_docker() {
  timeout 60 systemctl start docker
  usermod -aG docker "$user"
  as_runner timeout 30 docker info > /dev/null && return
  echo "Docker does not answer to the user '$user'. Does the image have it?"
  return 1
}

# Since the kernel started, at most a day.
boot_seconds() {
  read -r value rest < /proc/uptime
  value=${value%%.*}
  echo $((value > 86400 ? 86400 : value))
}
