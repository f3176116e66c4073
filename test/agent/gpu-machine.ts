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
  const { gpus, images = {}, toolkit = true, listed } = machine;
  putLibraries(root, machine);
  return {
    'nvidia-smi': gpus
      ? `case $* in *--query-gpu*) printf '%s\\n' ${gpus.map((gpu) => `'${gpu}'`).join(' ')} ;; esac`
      : `echo "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver." && exit 9`,
    docker: docker(root, images, toolkit),
    'nvidia-container-cli': listed ? `printf '%s\\n' /dev/nvidia0 ${listed.join(' ')}` : 'exit 1',
  };
}

/** Where the libraries of a machine are: what LD_LIBRARY_PATH names in its containers. */
export const librariesOf = (root: string): string => join(root, 'libraries');

function putLibraries(root: string, { libraries: good = [], broken = [], vulkan }: GpuMachine): void {
  mkdirSync(librariesOf(root));
  for (const name of good) copyFileSync(anyLibrary(), join(librariesOf(root), libraries[name]));
  for (const name of broken) writeFileSync(join(librariesOf(root), libraries[name]), 'no library\n');
  const icd = join(root, 'etc/vulkan/icd.d');
  mkdirSync(icd, { recursive: true });
  if (vulkan) writeFileSync(join(icd, 'nvidia_icd.json'), '{}');
}

/** Some library that this process has loaded, by the loader of this system. */
function anyLibrary(): string {
  const found = /\S+\/libm\.so\.6$|\S+\/libm-[\d.]+\.so$/m.exec(readFileSync('/proc/self/maps', 'utf8'));
  if (!found) throw new Error('this test needs a system with glibc');
  return found[0];
}

/** Containers are processes here: those with GPUs find the libraries, and the file of Vulkan. */
function docker(root: string, images: NonNullable<GpuMachine['images']>, toolkit: boolean): string {
  const shells = Object.entries(images).map(([id, kind]) => {
    const run = { shell: 'run "$script"', static: ':', bare: 'exit 127' }[kind];
    return `  ${id}) ${run} ;;`;
  });
  return `
echo "$*" | head -n 1 >> '${root}/docker'
case $1 in info) exit ;; image) printf '%s\\n' ${Object.keys(images).join(' ')}; exit ;; esac
libraries=/nowhere
for image; do
  [ "$image" != --gpus ] || libraries='${librariesOf(root)}'
  [ "$image" != -c ] || break
  named=$image
done
for script; do :; done
[ $libraries = /nowhere ] || ${toolkit} || { echo 'could not select device driver' >&2; exit 125; }
run() {
  script=$(printf '%s\\n' "$1" | sed 's#/etc/vulkan#${root}&#; s#/usr/share/vulkan#${root}&#')
  LD_LIBRARY_PATH=$libraries ${programAt('sh')} -c "$script"
}
case $named in
${shells.join('\n')}
  *) exit 125 ;;
esac`;
}
