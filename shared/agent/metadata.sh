#!/bin/sh
# What a machine of EC2 asks its metadata service (IMDSv2), for the agent.
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
imds=http://169.254.169.254/latest document=dynamic/instance-identity/rsa2048
ask_metadata() {
  value=$(metadata -X PUT -H 'x-aws-ec2-metadata-token-ttl-seconds: 60' "$imds/api/token") || return
  metadata -H "x-aws-ec2-metadata-token: $value" "$imds/$1"
}
metadata() { curl -q --silent --show-error --fail --max-time 5 --retry 3 --noproxy '*' "$@"; }

# The instance identity document in AWS's RSA-2048 signature (CMS), base64 on one line. It stays the same.
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-identity-documents.html
proof() {
  [ -s "$home/proof" ] || ask_metadata "$document" | LC_ALL=C tr -cd 'A-Za-z0-9+/=' > "$home/proof"
  [ -s "$home/proof" ] && cat "$home/proof"
}
has_proof() { proof > /dev/null || { echo 'the metadata service shows no signed document'; return 1; }; }
