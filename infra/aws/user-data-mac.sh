# The script of `macUserData`, below its settings. EC2 macOS Init runs it as root, once on each new root
# volume, and waits for its end: so it leaves a service to launchd, which runs this very text. Nothing stops
# it half-way, neither a program that fails nor a variable without a value.
# https://github.com/aws/ec2-macos-init
umask 022
folder=/var/callsheet label=callsheet.agent services=/Library/LaunchDaemons log=/var/log/callsheet.log
say() { echo "callsheet: $*"; }

# ---- What EC2 macOS Init does.
leave_service() {
  ! launchctl print "system/$label" > /dev/null 2>&1 || return 0 # It runs.
  mkdir -p "$folder" && cp "$0" "$folder/service.sh" && describe > "$services/$label.plist" || return
  plutil -lint "$services/$label.plist" && launchctl bootstrap system "$services/$label.plist"
}
# The service, as GitHub's is: all the speed there is, and a session of its own, for keychains. It takes more
# files than the 256 that launchd gives. It is not started again when it ends.
describe() {
  cat << END
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key><string>$label</string>
  <key>ProgramArguments</key>
  <array><string>/bin/sh</string><string>$folder/service.sh</string><string>serve</string></array>
  <key>RunAtLoad</key><true/>
  <key>KeepAlive</key><false/>
  <key>ProcessType</key><string>Interactive</string>
  <key>SessionCreate</key><true/>
  <key>SoftResourceLimits</key><dict><key>NumberOfFiles</key><integer>65536</integer></dict>
  <key>StandardOutPath</key><string>$log</string>
  <key>StandardErrorPath</key><string>$log</string>
</dict>
</plist>
END
}

# ---- What the service does. It goes on until it can: a machine that gives up would still cost its host.
serve() {
  say "starts a builder of the pool $pool of $installation"
  pmset -a sleep 0 displaysleep 0 disksleep 0 || say 'the Mac may fall asleep'
  # Images of AWS bring this. It takes five minutes at most.
  PATH=$PATH:/usr/local/bin:/opt/homebrew/bin ec2-macos-utils grow --id root || say 'the disk may be small'
  until know; do sleep 20; done
  until get_agent; do sleep 20; done
  say "the agent of $id works for the launch $launch"
  exec env CALLSHEET_PLATFORM=mac CALLSHEET_HOME="$folder/home" CALLSHEET_URL="$url" \
    CALLSHEET_BUILDER="$id" CALLSHEET_LAUNCH="$launch" CALLSHEET_USER="$user" \
    CALLSHEET_LOGIN="$login" CALLSHEET_RUNNER_CACHE="$runner_cache" \
    /bin/sh "$folder/agent/agent.sh"
}
# Who it is, and what it is for, by its metadata (IMDSv2).
know() {
  token=$(fetch --max-time 5 -X PUT -H 'x-aws-ec2-metadata-token-ttl-seconds: 600' "$imds/api/token") ||
    return
  id=$(ask instance-id) launch=$(ask "tags/instance/$launch_tag") url=$(ask "tags/instance/$url_tag")
  case $id in '' | *[!a-z0-9-]*) say 'the metadata service names no instance'; return 1 ;; esac
  case $launch in '' | *[!a-z0-9-]*) say "no fit tag $launch_tag"; return 1 ;; esac
  case ${url#https://} in '' | "$url" | *[!A-Za-z0-9.:/_-]*) say "no fit tag $url_tag"; return 1 ;; esac
}
fetch() { curl -q --silent --show-error --fail --noproxy '*' --connect-timeout 5 "$@"; }
imds=http://169.254.169.254/latest
ask() { fetch --max-time 5 -H "x-aws-ec2-metadata-token: $token" "$imds/meta-data/$1"; }
# The agent, from Callsheet itself, into new folders: a job may have restarted the machine.
get_agent() {
  rm -rf "${folder:?}/home" "$folder/agent"
  mkdir -p "$folder/home" "$folder/agent" || return
  say "fetches $url/builders/agent"
  fetch --proto =https --max-time 30 --output "$folder/agent.tar.gz" "$url/builders/agent" || return
  tar -xzf "$folder/agent.tar.gz" -C "$folder/agent" --no-same-owner
}

if [ "${1:-}" = serve ]; then serve; else leave_service || say 'launchd does not start the agent'; fi
