#!/bin/sh
# The agent on AWS CodeBuild: root in the container of a build, which ends with the agent. It also reads:
#   CALLSHEET_USER        optional: the user of the image that the runner runs as. Without it that is
#                         `codebuild-user` where the image has one, else root
#   CALLSHEET_DOCKER      1: jobs use containers, so a Docker daemon must answer
#   CALLSHEET_GPU         1: jobs use GPUs, so there must be one
#   CODEBUILD_START_TIME  when the build began, in milliseconds since 1970
proof() { cat "$home/ticket"; }
power_off() { :; }

# ---- The user of the runner. What is in $become starts a program as that user; it is empty for root.
# Finds the user, and lets nobody else into the agent's folder. Fails, and prints why, when that cannot be.
choose_user() {
  become='' user=${CALLSHEET_USER:-}
  case $user in
    '') id -u codebuild-user > /dev/null 2>&1 || return 0; user=codebuild-user ;;
    -* | *[!A-Za-z0-9_.-]*) echo 'CALLSHEET_USER is no name of a user'; return 1 ;;
  esac
  uid=$(id -u "$user") || { echo "the image has no user '$user'"; return 1; }
  gid=$(id -g "$user")
  for become in "setpriv --reuid=$uid --regid=$gid --init-groups" "runuser -u $user --" ''; do
    $become true 2> /dev/null && break
  done
  if [ -n "$become" ]; then prepare_home; return; fi
  echo "neither setpriv nor runuser can start a program as '$user'"
  [ -z "${CALLSHEET_USER:-}" ]
}
prepare_home() {
  chgrp "$gid" "$home" && chmod 710 "$home" || return
  as_runner test -x "$home" || { echo "'$user' cannot reach $home"; return 1; }
  eval "user_home=~$user"
  # Images have users without a home: `codebuild-user` of aws/codebuild/standard is one.
  [ -d "$user_home" ] && as_runner test -w "$user_home" && return
  user_home=$home/user
  mkdir "$user_home" && hand_over user
}
hand_over() { [ -z "$become" ] || (cd "$home" && chown -Rh "$uid:$gid" "$@" 2>> log); }
# The job gets no setting of ours, and nothing that leads a program to the credentials of the build's role.
as_runner() (
  for value in $(role_settings) CALLSHEET_USER CALLSHEET_DOCKER CALLSHEET_GPU CALLSHEET_REQUEST; do
    unset "$value"
  done
  umask 022
  [ -z "$become" ] || set -- env "HOME=${user_home:-/}" "USER=$user" "LOGNAME=$user" "$@"
  exec $become "$@"
)
role_settings() {
  env | while IFS='=' read -r value rest; do
    case $value in *[!A-Za-z0-9_]*) ;; AWS_* | CODEBUILD_* | ECS_*) echo "$value" ;; esac
  done
}

# ---- Is it fit to work?
health_check() {
  needs chgrp chmod chown df env head timeout && has_room && choose_user || return
  [ "${CALLSHEET_DOCKER:-}" != 1 ] || has_docker || return
  [ "${CALLSHEET_GPU:-}" != 1 ] || has_gpu
}
# The runner program takes 1 GB, its job needs some more.
has_room() {
  value=$(df -Pk "$home" | { read -r rest && read -r rest rest rest value rest && echo "$value"; })
  [ "${value:-0}" -ge 2097152 ] || { echo "${value:-0} kB of disk are free, 2 GiB are needed"; return 1; }
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
has_gpu() {
  [ -z "$(gpus)" ] || return 0
  as_runner timeout 20 nvidia-smi
  echo 'nvidia-smi shows no GPU'
  return 1
}

# ---- What is it?
facts() {
  value=$(uname -s | tr '[:upper:]' '[:lower:]')
  printf '{"os":"%s","arch":"%s","agent":"%s",' "$value" "$(arch)" "$version"
  printf '"bootSeconds":%s,"gpus":[%s]}' "$(boot_seconds)" "$(gpus)"
}
# At most a day, whatever the clocks say; 0 when it is not known.
boot_seconds() {
  value=${CODEBUILD_START_TIME:-}
  case $value in 0* | *[!0-9]*) value= ;; esac
  [ "${#value}" = 13 ] || { echo 0; return; }
  value=$(($(now) - value / 1000))
  echo $((value < 0 ? 0 : value > 86400 ? 86400 : value))
}
# Prints up to 16 GPUs as JSON with commas between them: in plain characters, and nothing longer than agreed.
gpus() {
  command -v nvidia-smi > /dev/null || return 0
  value=$(as_runner timeout 20 nvidia-smi --format=csv,noheader,nounits \
    --query-gpu=name,driver_version,memory.total,compute_cap 2> /dev/null) || return 0
  separator=
  printf '%s\n' "$value" | tr -cd '\nA-Za-z0-9 ,._()/+-' | head -n 16 |
    while IFS=, read -r name driver memory capability rest; do
      driver=${driver# } memory=${memory# } capability=${capability# }
      [ -n "$capability" ] || continue
      case $memory in '' | 0* | *[!0-9]* | ????????*) memory=0 ;; esac
      printf '%s{"name":"%.100s","driver":"%.40s",' "$separator" "${name:-unknown}" "${driver:-unknown}"
      printf '"memoryMiB":%s,"computeCapability":"%.10s"}' "$memory" "$capability"
      separator=,
    done
}
