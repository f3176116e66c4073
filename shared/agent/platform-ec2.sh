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
. "${0%/*}/machine.sh"
# shellcheck source=/dev/null
. "${0%/*}/gpu.sh"
power_off() { systemctl poweroff || shutdown -P now; }

# The instance identity document in AWS's RSA-2048 signature (CMS), base64 on one line. It stays the same.
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-identity-documents.html
proof() {
  [ -s "$home/proof" ] || ask_metadata "$document" | tr -cd 'A-Za-z0-9+/=' > "$home/proof"
  [ -s "$home/proof" ] && cat "$home/proof"
}
ask_metadata() {
  value=$(metadata -X PUT -H 'x-aws-ec2-metadata-token-ttl-seconds: 60' "$imds/api/token") || return
  metadata -H "x-aws-ec2-metadata-token: $value" "$imds/$1"
}
imds=http://169.254.169.254/latest document=dynamic/instance-identity/rsa2048
metadata() { curl -q --silent --show-error --fail --max-time 5 --retry 3 --noproxy '*' "$@"; }

# ---- Is it fit to work?
health_check() {
  needs chgrp chmod chown df env head systemctl timeout && has_proof && has_room && choose_user root || return
  if [ "${CALLSHEET_DOCKER:-}" != 1 ]; then keeps_promise "${CALLSHEET_PROMISE:-}" host; return; fi
  has_docker && keeps_promise "${CALLSHEET_PROMISE:-}" container
}
has_proof() { proof > /dev/null || { echo 'the metadata service shows no signed document'; return 1; }; }
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
