#!/bin/sh
# Step `packages` of an image: what runners and their jobs need, and what the configuration lists.
#   PACKAGES   names, with spaces between them
set -eu
echo "$PACKAGES" | xargs dnf -y install
dnf clean all
