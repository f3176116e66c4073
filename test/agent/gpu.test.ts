// The GPU check: machines that keep their promise and machines that do not, each with the word that says why.
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { gpuFeatures, gpuPromise } from '../../shared/contract/machine.ts';
import { allLibraries, type GpuMachine, gpuPrograms, healthy, librariesOf, t4 } from './gpu-machine.ts';
import { programAt, shells, together } from './shells.ts';
import { agentFolder } from './stage.ts';
import { stubs } from './stubs.ts';

interface Check {
  path: string;
  machine: GpuMachine;
  promise: string;
  where?: 'container' | 'host';
  /** Programs beside those of the machine. */
  programs?: Record<string, string>;
}

/**
 * Runs the check as the agent does. Answers its status, its words, what works, what Docker was asked, and the
 * names of the files in the image that was made.
 */
async function check({ path, machine, promise, where = 'container', programs = {} }: Check) {
  const root = mkdtempSync(join(tmpdir(), 'callsheet-gpu-'));
  try {
    const PATH = stubs(root, path, { ...gpuPrograms(root, machine), ...programs });
    const script = join(root, 'check.sh');
    const library = `as_runner() { "$@"; }\n. '${join(agentFolder, 'gpu.sh')}'`;
    writeFileSync(script, `set -u\nhome='${root}'\n${library}\nkeeps_promise "$1" "$2" 2>&1\n`);
    const host = where === 'host' || machine.jail;
    const env = { PATH, ...(host && { LD_LIBRARY_PATH: librariesOf(root) }) };
    const [status, words] = await new Promise<[unknown, string]>((resolve) => {
      execFile('sh', [script, promise, where], { env }, (error, out) => resolve([error?.code ?? 0, out]));
    });
    const read = (name: string) =>
      existsSync(join(root, name)) ? readFileSync(join(root, name), 'utf8') : '';
    const made = join(root, 'image');
    const image = existsSync(made) ? readdirSync(made, { recursive: true, withFileTypes: true }) : [];
    return {
      status,
      words,
      works: read('features').trim().split('\n'),
      docker: read('docker'),
      image: image.filter((file) => file.isFile()).map(({ name }) => name),
    };
  } finally {
    rmSync(root, { recursive: true, force: true, maxRetries: 10 });
  }
}

const all = '1 14745 cuda optix egl vulkan';
const without = (name: string): GpuMachine => ({
  ...healthy,
  libraries: allLibraries.filter((each) => each !== name),
  vulkan: name !== 'vulkan',
});
const noImage: GpuMachine = { ...healthy, images: {} };
const noMade: GpuMachine = { ...noImage, imports: 'fails' };
const listed = ['/usr/lib64/libcuda.so.570.133.20', '/usr/lib64/libnvoptix.so.570.133.20'];

describe.each(shells)('a machine with GPUs ($name)', together, ({ path, test }) => {
  test.each<[string, GpuMachine, string, string[]]>([
    ['has all that was promised', healthy, all, [...gpuFeatures]],
    ['has more GPUs than promised', { ...healthy, gpus: [t4, t4] }, all, [...gpuFeatures]],
    ['lacks what nobody promised', without('optix'), '1 14745 cuda', ['cuda', 'egl', 'vulkan']],
    ['has no image, but can make one', noImage, all, [...gpuFeatures]],
    ['cannot make one, but has the toolkit', { ...noMade, listed }, '1 1 cuda optix', ['cuda', 'optix']],
    ['makes one of no use', { ...noMade, imports: 'static', listed }, '1 1 cuda', ['cuda', 'optix']],
    [
      'has images that are of no use, and one that is',
      { ...healthy, images: { one: 'bare', two: 'static', three: 'shell' } },
      all,
      [...gpuFeatures],
    ],
  ])('keeps its promise when it %s', async (_, machine, promise, works) => {
    const found = await check({ path, machine, promise });
    expect(found).toMatchObject({ status: 0, works });
    expect(found.words).toContain(`works with GPUs (container): ${works.join(' ')}\n`);
    // Nothing is ever pulled: only what is there is run, and without a network.
    for (const call of found.docker.trim().split('\n')) {
      expect(call).toMatch(/^image |^import - callsheet-probe$|^run --rm --pull never --network none /);
    }
  });

  test.each<[string, GpuMachine, string, RegExp]>([
    [
      'has no driver',
      { ...healthy, gpus: undefined },
      '1 0',
      /couldn't communicate.*\nnvidia-smi shows no GPU/,
    ],
    ['has no GPU', { ...healthy, gpus: ['No devices were found'] }, '1 0', /nvidia-smi shows no GPU/],
    ['has too few', healthy, '2 14745 cuda', /nvidia-smi shows 1 of the 2 GPUs promised/],
    [
      'has one that is too small',
      { ...healthy, gpus: [t4, 'A, 1, 900, 7.5'] },
      '2 1000',
      /a GPU has 900 MiB/,
    ],
    ['has one without memory', { ...healthy, gpus: ['A, 1, [N/A], 7.5'] }, '1 1', /a GPU has 0 MiB/],
    ...gpuFeatures.map((name): [string, GpuMachine, string, RegExp] => [
      `lacks ${name}`,
      without(name),
      all,
      new RegExp(`promised, and does not work: ${name}\n`),
    ]),
    [
      'has a library that does not load',
      { ...without('cuda'), broken: ['cuda'] },
      all,
      /cuda: .*libcuda\.so\.1.*(invalid ELF|too short).*does not work: cuda\n/s,
    ],
    ['gives containers no GPU', { ...healthy, toolkit: false }, all, /not select device driver.*work: cuda/s],
    [
      'makes an image, and gives its container no GPU',
      { ...noImage, toolkit: false, listed },
      '1 1 cuda',
      /not select device driver\nno container with GPUs starts: image callsheet-probe\n.*not work: cuda\n/s,
    ],
    [
      'makes an image, and a library does not load in it',
      { ...noImage, ...without('cuda'), images: {}, broken: ['cuda'], listed },
      '1 1 cuda',
      /cuda: .*libcuda\.so\.1.*(invalid ELF|too short).*does not work: cuda\n/s,
    ],
    ['has a toolkit without a library', { ...noMade, listed }, '1 1 egl', /does not work: egl\n/],
    [
      'can make no image, and has a toolkit that fails',
      noMade,
      '1 1',
      /no space left on device\n.*nvidia-container-cli fails/s,
    ],
    ['was promised nothing that is known', healthy, '1 1 cuda raytracing', /does not work: raytracing\n/],
    ['has no promise', healthy, '', /no promise of GPUs: ''/],
    ['has half a promise', healthy, '1', /no promise of GPUs: '1'/],
    ['has a promise in words', healthy, 'one 1', /no promise of GPUs: 'one 1'/],
  ])('is found out when it %s', async (_, machine, promise, why) => {
    const found = await check({ path, machine, promise });
    expect(found.words).toMatch(why);
    expect(found.status).toBe(1);
  });

  test('makes an image only where none is fit, and removes it', async () => {
    const has = await check({ path, machine: healthy, promise: all });
    expect(has.docker).not.toMatch(/import|image rm/);
    for (const machine of [noImage, noMade, { ...noImage, toolkit: false }]) {
      const { docker } = await check({ path, machine, promise: all });
      expect(docker).toMatch(
        /^image ls .*\nimport - callsheet-probe\n(run .*\n)*image rm --force callsheet-probe\n$/,
      );
    }
  });

  test('is found out when nvidia-smi hangs', async () => {
    const timeout = `[ "$*" = "\${*#-k 5 }" ] && exit 3\nshift 3\nexec ${programAt('timeout')} 0.2 "$@"`;
    const programs = { 'nvidia-smi': 'exec sleep 600', timeout };
    const found = await check({ path, machine: healthy, promise: '1 1', programs });
    expect(found).toMatchObject({ status: 1, words: 'nvidia-smi shows no GPU\n' });
  });

  test('is asked nothing when no GPU was promised', async () => {
    expect(await check({ path, machine: {}, promise: '0' })).toMatchObject({
      status: 0,
      words: '',
      docker: '',
    });
  });

  test('is tried itself where jobs use no containers', async () => {
    const good = await check({ path, machine: healthy, promise: '1 1 cuda optix', where: 'host' });
    expect(good).toMatchObject({ status: 0, docker: '' });
    expect(good.works).toEqual(expect.arrayContaining(allLibraries));
    const bad = await check({ path, machine: without('optix'), promise: '1 1 optix', where: 'host' });
    expect(bad.words).toMatch(/optix: .*libnvoptix.so.1.*cannot.*does not work: optix\n/s);
    expect(bad).toMatchObject({ status: 1, docker: '' });
  });

  test('is told what is promised as launches write it on its tag', async () => {
    const promise = gpuPromise({ gpus: 1, memoryMiB: 14_745, features: gpuFeatures });
    expect(await check({ path, machine: healthy, promise })).toMatchObject({ status: 0 });
  });
});

const isRoot = process.getuid?.() === 0;
const reason = isRoot ? '' : ', SKIPPED: THIS IS NOT ROOT';

describe.skipIf(!isRoot).each(shells)(
  `the image that is made ($name${reason})`,
  together,
  ({ path, test }) => {
    test("has all that libraries need, without the driver's own", async () => {
      const jailed = { ...noImage, jail: true, vulkan: false };
      const found = await check({ path, machine: jailed, promise: '1 1 cuda optix egl' });
      expect(found).toMatchObject({ status: 0, works: allLibraries });
      expect(found.image).toEqual(expect.arrayContaining(['sh', 'libc.so.6', 'libm.so.6', 'ld.so.cache']));
      expect(found.image.filter((name) => /cuda|nv/.test(name))).toEqual([]);
      const lacking = { ...jailed, libraries: allLibraries.slice(0, 2) };
      const { words } = await check({ path, machine: lacking, promise: '1 1 cuda optix egl' });
      expect(words).toMatch(/libEGL_nvidia\.so\.0.*does not work: egl\n/s);
    });
  },
);
