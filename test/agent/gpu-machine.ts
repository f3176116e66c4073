// The programs of a machine with GPUs, and the driver's libraries: they do nothing, but they load.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { programAt } from './shells.ts';

/** Libraries by feature, as the driver names them. */
const libraries = {
  cuda: 'libcuda.so.1',
  optix: 'libnvoptix.so.1',
  egl: 'libEGL_nvidia.so.0',
} as const;
type Library = keyof typeof libraries;

export interface GpuMachine {
  /** What nvidia-smi says of each GPU. Absent: it fails, as without a driver. */
  gpus?: string[];
  /** What containers with GPUs get. `broken`: files that are no libraries. */
  libraries?: Library[];
  broken?: Library[];
  vulkan?: boolean;
  /** Images by id: with a shell, with a static one, without one. */
  images?: Record<string, 'shell' | 'static' | 'bare'>;
  /** What `docker import` makes of a machine: an image that works, one of no use, none. Default: works. */
  imports?: 'works' | 'static' | 'fails';
  /** Its containers have a root of their own, which takes root, and libraries need more than a shell does. */
  jail?: boolean;
  /** Does the container toolkit let containers have GPUs? Default: yes. */
  toolkit?: boolean;
  /** What nvidia-container-cli lists. Absent: it fails. */
  listed?: string[];
}

export const t4 = 'Tesla T4, 570.133.20, 15360, 7.5';
export const allLibraries: Library[] = ['cuda', 'optix', 'egl'];

/** A machine on which everything works. */
export const healthy: GpuMachine = {
  gpus: [t4],
  libraries: allLibraries,
  vulkan: true,
  images: { ubuntu: 'shell' },
};

/** Its programs, by name; they write what Docker is asked for into `<root>/docker`. */
export function gpuPrograms(root: string, machine: GpuMachine): Record<string, string> {
  const { gpus, listed } = machine;
  putLibraries(root, machine);
  return {
    'nvidia-smi': gpus
      ? `case $* in *--query-gpu*) printf '%s\\n' ${gpus.map((gpu) => `'${gpu}'`).join(' ')} ;; esac`
      : `echo "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver." && exit 9`,
    docker: docker(root, machine),
    'nvidia-container-cli': listed ? `printf '%s\\n' /dev/nvidia0 ${listed.join(' ')}` : 'exit 1',
  };
}

/** Where the libraries of a machine are: what LD_LIBRARY_PATH names in its containers. */
export const librariesOf = (root: string): string => join(root, 'libraries');

function putLibraries(root: string, { libraries: good = [], broken = [], vulkan, jail }: GpuMachine): void {
  mkdirSync(librariesOf(root));
  const some = loaded(jail ? /\S+\/libstdc\+\+\.so[\d.]*$/m : /\S+\/libm(-[\d.]+)?\.so[\d.]*$/m);
  for (const name of good) copyFileSync(some, join(librariesOf(root), libraries[name]));
  for (const name of broken) writeFileSync(join(librariesOf(root), libraries[name]), 'no library\n');
  const icd = join(root, 'etc/vulkan/icd.d');
  mkdirSync(icd, { recursive: true });
  if (vulkan) writeFileSync(join(icd, 'nvidia_icd.json'), '{}');
}

/** A library that this process has loaded, by the loader of this system. */
function loaded(name: RegExp): string {
  const found = name.exec(readFileSync('/proc/self/maps', 'utf8'));
  if (!found) throw new Error('this test needs a system with glibc');
  return found[0];
}

/** Containers are processes here: those with GPUs find the libraries, and the file of Vulkan. */
function docker(root: string, { images = {}, imports = 'works', jail, toolkit = true }: GpuMachine): string {
  const kinds = { shell: `run ${programAt('sh')}`, static: ':', bare: 'exit 127' };
  const shells = Object.entries(images).map(([id, kind]) => `  ${id}) ${kinds[kind]} ;;`);
  const made = { works: jail ? 'imprison' : 'run "$(made_shell)"', static: ':', fails: 'exit 125' }[imports];
  return `
echo "$*" | head -n 1 >> '${root}/docker'
case $1 in
  info) exit ;;
  image) [ "$2" != ls ] || printf '%s\\n' ${Object.keys(images).join(' ')}; exit ;;
  import) ${imports !== 'fails'} || { echo 'no space left on device' >&2; exit 1; }
    mkdir '${root}/image' && tar -x -C '${root}/image' -f -; exit ;;
esac
libraries=/nowhere
for image; do
  [ "$image" != --gpus ] || libraries='${librariesOf(root)}'
  [ "$image" != -c ] || break
  named=$image
done
for script; do :; done
[ $libraries = /nowhere ] || ${toolkit} || { echo 'could not select device driver' >&2; exit 125; }
made_shell() { find '${root}/image' -name sh; }
run() {
  script=$(printf '%s\\n' "$script" | sed 's#/etc/vulkan#${root}&#; s#/usr/share/vulkan#${root}&#')
  PATH=\${1%/*} LD_LIBRARY_PATH=$libraries "$1" -c "$script"
}
imprison() {
  rm -rf '${root}/jail' && cp -r '${root}/image' '${root}/jail'
  shell=$(made_shell) system=$(find '${root}/jail' -name libc.so.6)
  [ $libraries = /nowhere ] || cp $libraries/* "\${system%/*}"
  shell=\${shell#'${root}/image'}
  exec env "PATH=\${shell%/*}" ${programAt('chroot')} '${root}/jail' "$shell" -c "$script"
}
case $named in
${shells.join('\n')}
  callsheet-probe) ${made} ;;
  *) exit 125 ;;
esac`;
}
