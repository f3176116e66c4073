#!/bin/sh
# Step `containers` of an image: container images that jobs then need not pull.
#   CONTAINERS   names, with spaces between them
set -eu
for container in $CONTAINERS; do docker pull --quiet "$container"; done
