#!/bin/sh
# What machines of AWS have in common: the user of the runner, room on the disk, and what they say they are.
# For the agent, whose words it uses; `boot_seconds`, the GPUs, and what linux.sh has are defined elsewhere.

# ---- The user of the runner. What is in $become starts a program as that user; it is empty for root.
# Finds the user, and lets nobody else into the agent's folder: CALLSHEET_USER, else $1 if there is such one,
# else root. Fails, and prints why, when that cannot be.
choose_user() {
  become='' user=${CALLSHEET_USER:-}
  case $user in
    '') id -u "$1" > /dev/null 2>&1 || return 0; user=$1 ;;
    -* | *[!A-Za-z0-9_.-]*) echo 'CALLSHEET_USER is no name of a user'; return 1 ;;
  esac
  uid=$(id -u "$user") || { echo "the image has no user '$user'"; return 1; }
  gid=$(id -g "$user")
  if find_become "$user" "$uid" "$gid"; then prepare_home; else [ -z "${CALLSHEET_USER:-}" ]; fi
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
# The job gets no setting of ours, and nothing that leads a program to the credentials of a build's role.
as_runner() (
  unset CALLSHEET_USER CALLSHEET_DOCKER CALLSHEET_PROMISE CALLSHEET_REQUEST CALLSHEET_LOGIN
  for value in $(role_settings); do unset "$value"; done
  umask 022
  [ -z "$become" ] || set -- env "HOME=${user_home:-/}" "USER=$user" "LOGNAME=$user" "$@"
  exec $become "$@"
)
# The runner is a program of .NET: where ICU is missing it ends at once, unless it is told to do without.
# https://learn.microsoft.com/dotnet/core/runtime-config/globalization
case $(ldconfig -p 2> /dev/null) in
  '' | *libicuuc.so*) ;;
  *) export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 ;;
esac
role_settings() {
  env | while IFS='=' read -r value rest; do
    case $value in *[!A-Za-z0-9_]*) ;; AWS_* | CODEBUILD_* | ECS_*) echo "$value" ;; esac
  done
}

# ---- Is it fit to work?
# The runner program takes 1 GB, its job needs some more.
has_room() {
  value=$(df -Pk "$home" | { read -r rest && read -r rest rest rest value rest && echo "$value"; })
  [ "${value:-0}" -ge 2097152 ] || { echo "${value:-0} kB of disk are free, 2 GiB are needed"; return 1; }
}

# ---- What is it?
facts() {
  printf '{"os":"%s","arch":"%s","agent":"%s",' "$(system)" "$(arch)" "$version"
  printf '"bootSeconds":%s,"gpus":[%s]' "$(boot_seconds)" "$(gpus)"
  value=$(gpu_features)
  printf '%s}' "${value:+,\"features\":[$value]}"
}
