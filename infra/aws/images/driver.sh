#!/bin/sh
# Step `driver` of an image: NVIDIA's driver, with open kernel modules, which DKMS builds for this kernel.
#   DRIVER_BRANCH   as `580`
#   DRIVER_FOLDER   the architecture's folder in NVIDIA's repository
# https://docs.nvidia.com/datacenter/tesla/driver-installation-guide/kernel-modules.html
set -eu
dnf -y install dnf-plugins-core https://dl.fedoraproject.org/pub/epel/epel-release-latest-9.noarch.rpm
dnf config-manager --set-enabled crb
dnf config-manager --add-repo \
  "https://developer.download.nvidia.com/compute/cuda/repos/rhel9/$DRIVER_FOLDER/cuda-rhel9.repo"
dnf -y install "kernel-devel-$(uname -r)" kernel-headers
dnf -y module enable "nvidia-driver:$DRIVER_BRANCH-open"
dnf -y install nvidia-open
# It may be installed and yet not be built.
modinfo nvidia > /dev/null
systemctl enable nvidia-persistenced
