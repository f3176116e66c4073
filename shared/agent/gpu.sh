#!/bin/sh
# The GPUs of a machine: what they are, whether that is what was promised, and what works with them.
# It needs $home, a folder, and `as_runner`, which runs a program as the user of the jobs. Pulls no image.

# ---- What are they?
smi() { as_runner timeout -k 5 60 nvidia-smi "$@"; }
# Prints a line for each of up to 16 GPUs: name, driver, MiB of memory, compute capability.
gpu_rows() {
  command -v nvidia-smi > /dev/null || return 0
  value=$(smi --format=csv,noheader,nounits --query-gpu=name,driver_version,memory.total,compute_cap \
    2> /dev/null) || return 0
  printf '%s\n' "$value" | tr -cd '\nA-Za-z0-9 ,._()/+-' | head -n 16 |
    while IFS=, read -r name driver memory capability rest; do
      driver=${driver# } memory=${memory# } capability=${capability# }
      [ -n "$capability" ] || continue
      case $memory in '' | 0* | *[!0-9]* | ????????*) memory=0 ;; esac
      echo "${name:-unknown},${driver:-unknown},$memory,$capability"
    done
}
# Prints them as JSON with commas between them: nothing is longer than agreed.
gpus() {
  separator=
  gpu_rows | while IFS=, read -r name driver memory capability; do
    printf '%s{"name":"%.100s","driver":"%.40s",' "$separator" "$name" "$driver"
    printf '"memoryMiB":%s,"computeCapability":"%.10s"}' "$memory" "$capability"
    separator=,
  done
}
# Prints what `keeps_promise` has found to work, as JSON with commas between.
gpu_features() {
  [ -s "$home/features" ] || return 0
  separator=
  while read -r value; do printf '%s"%s"' "$separator" "$value" && separator=,; done < "$home/features"
}

# ---- Are they what was promised?
# keeps_promise <promise> <where>: fails, and prints why, when they are not. The promise is `0`, or the number
# of GPUs, the MiB of memory that each has, and features: `1 14745 cuda optix`. What works is tried where jobs
# run, in a `container` or on the `host`, promised or not, and kept in the file `features`.
keeps_promise() (
  [ "$1" != 0 ] || return 0
  read -r count least wanted << END
$1
END
  case $count,$least in ,* | *, | *[!0-9,]*) echo "no promise of GPUs: '$1'"; return 1 ;; esac
  has_gpus "$count" "$least" && try_features "$2" > "$home/features" || return
  works=" $(tr '\n' ' ' < "$home/features")"
  echo "works with GPUs ($2):${works% }"
  missing=
  for value in $wanted; do case $works in *" $value "*) ;; *) missing="$missing $value" ;; esac; done
  [ -z "$missing" ] || { echo "promised, and does not work:$missing"; return 1; }
)
# has_gpus <how many> <MiB of each>
has_gpus() {
  rows=$(gpu_rows) found=0
  [ -n "$rows" ] || { smi; echo 'nvidia-smi shows no GPU'; return 1; }
  while IFS=, read -r rest rest memory rest; do
    [ "$memory" -ge "$2" ] || { echo "a GPU has $memory MiB of memory, promised: $2"; return 1; }
    found=$((found + 1))
  done << END
$rows
END
  [ "$found" -ge "$1" ] || { echo "nvidia-smi shows $found of the $1 GPUs promised"; return 1; }
}

# ---- What works? Prints the names of features (`gpuFeatures` in shared/contract/machine.ts), one on a line.
# try_features <where>: fails, and prints why, when that cannot be tried.
try_features() {
  case $1 in
    host) sh -c "$(probe)" ;;
    container) try_image || list_libraries ;;
  esac
}
# Prints a script that lets the system's loader load each of the driver's libraries into a program.
probe() {
  cat << 'END'
for each in cuda=libcuda.so.1 optix=libnvoptix.so.1 egl=libEGL_nvidia.so.0; do
  said=$(LD_PRELOAD=${each#*=} sh -c : 2>&1)
  if [ -z "$said" ]; then echo "${each%%=*}"; else echo "${each%%=*}: $said" >&2; fi
done
END
  vulkan_probe
}
# Vulkan's own loader reads from a file which library to load: that the file is there has to do.
vulkan_probe() {
  cat << 'END'
for each in /etc/vulkan/icd.d/nvidia_icd*.json /usr/share/vulkan/icd.d/nvidia_icd*.json; do
  [ ! -e "$each" ] || { echo vulkan; break; }
done
END
}
# in_image <image> <script> <options of docker run…>
in_image() (
  image=$1 script=$2
  shift 2
  set -- --rm --pull never --network none --entrypoint sh "$@" "$image" -c "$script"
  as_runner timeout -k 5 120 docker run "$@"
)
# Tries it in a container of an image that is on the machine, else of one that is made for it, and removed.
# Fails when neither is fit.
try_image() {
  command -v docker > /dev/null || return
  for image in $(as_runner timeout -k 5 30 docker image ls --quiet --filter dangling=false | head -n 5); do
    if is_fit_image "$image"; then probe_image "$image"; return; fi
  done
  image=callsheet-probe
  make_image "$image" && is_fit_image "$image" && probe_image "$image"
  value=$?
  as_runner timeout -k 5 60 docker image rm --force "$image" > /dev/null 2>&1
  return "$value"
}
# When no container with GPUs starts, nothing works.
probe_image() {
  in_image "$1" "$(probe)" --gpus all --env NVIDIA_DRIVER_CAPABILITIES=compute,graphics,utility ||
    echo "no container with GPUs starts: image $1" >&2
}
# Does its shell say that a library is missing? One with no shell does not, nor one whose programs are static,
# or load libraries in a way that NVIDIA's are not made for (musl).
is_fit_image() {
  case $(in_image "$1" 'LD_PRELOAD=libcallsheet.so sh -c : 2>&1' 2> /dev/null) in
    *libcallsheet.so*LD_PRELOAD*) ;;
    *) return 1 ;;
  esac
}
# make_image <name>: a few MB of this machine, its shell and what the system's loader loads with it (nothing
# for a static one): libraries that it or the driver's need, but none of the driver's own, which containers
# get from NVIDIA's toolkit. That puts them into the loader's cache, where an image has one.
make_image() (
  name=$1 shell=$(command -v sh)
  set -- "${shell#/}"
  driver='libcuda.so.1 libnvoptix.so.1 libEGL_nvidia.so.0'
  for value in $(LD_TRACE_LOADED_OBJECTS=1 LD_PRELOAD=$driver "$shell" -c : 2> /dev/null) /etc/ld.so.cache; do
    case $value in
      *nvidia* | */libcuda.* | */libnv*) ;;
      /*) [ ! -e "$value" ] || set -- "$@" "${value#/}" ;;
    esac
  done
  tar -c -h -C / -f - "$@" | as_runner timeout -k 5 60 docker import - "$name" > /dev/null
)
# Without any such image: what NVIDIA's container toolkit would put into a container.
list_libraries() {
  command -v nvidia-container-cli > /dev/null || {
    echo 'GPUs cannot be tried: there is neither a fit image nor nvidia-container-cli' >&2
    return 1
  }
  value=$(timeout -k 5 60 nvidia-container-cli list) || { echo 'nvidia-container-cli fails' >&2; return 1; }
  for each in cuda=libcuda.so optix=libnvoptix.so egl=libEGL_nvidia.so; do
    case $value in *"/${each#*=}."*) echo "${each%%=*}" ;; esac
  done
  sh -c "$(vulkan_probe)"
}
