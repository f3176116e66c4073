#!/bin/sh
# Step `docker` of an image: Docker, and NVIDIA's toolkit, which shows GPUs to containers.
# https://docs.docker.com/engine/install/rhel/
# https://docs.nvidia.com/datacenter/cloud-native/container-toolkit/latest/install-guide.html
set -eu
dnf config-manager --add-repo https://download.docker.com/linux/rhel/docker-ce.repo
dnf config-manager --add-repo \
  https://nvidia.github.io/libnvidia-container/stable/rpm/nvidia-container-toolkit.repo
dnf -y install docker-ce docker-ce-cli containerd.io docker-buildx-plugin docker-compose-plugin \
  nvidia-container-toolkit
nvidia-ctk runtime configure --runtime=docker
systemctl enable --now docker
