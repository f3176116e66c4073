// The scripts that make an image and try it: each alone as the template has it, on a machine of stubs.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { imagesStack } from '../../infra/aws/images.ts';
import { parseConfig } from '../../shared/policy/schema.ts';
import { programAt } from '../agent/shells.ts';
import { stubs } from '../agent/stubs.ts';
import { sampleInput } from '../policy/sample.ts';
import { componentsOf, templateOf } from './images-scripts.ts';

const images = { rocky9: { containers: ['aswf/ci-osl:2025', 'rockylinux:9'], packages: ['cmake'] } };
const app = new App({ analyticsReporting: false, builtinCloudFormationValidation: false });
imagesStack(app, parseConfig({ ...sampleInput, aws: { region: 'us-east-1', images } }));
const components = componentsOf(templateOf(app, 'callsheet-test-images'));
const scripts = Object.fromEntries(
  components.flatMap(({ steps }) => steps.flatMap(({ name, script }) => (script ? [[name, script]] : []))),
);

/** Runs a step's script with these programs. Each call of one of them is a line of `calls`. */
function run(step: string, programs: Record<string, string>, text = scripts[step] ?? '') {
  const root = mkdtempSync(join(tmpdir(), 'callsheet-image-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const noting = Object.entries(programs).map(([name, program]) => [
    name,
    `echo "${name} $*" >> ${root}/calls\n${program}`,
  ]);
  const PATH = stubs(root, process.env.PATH ?? '', { touch: ':', ...Object.fromEntries(noting) });
  const { status, stdout, stderr } = spawnSync('bash', ['-c', text.replaceAll('/opt/', `${root}/opt/`)], {
    env: { ...process.env, PATH, TMPDIR: root },
    encoding: 'utf8',
  });
  const calls = spawnSync('cat', [join(root, 'calls')], { encoding: 'utf8' })
    .stdout.split('\n')
    .slice(0, -1);
  return { status, said: stdout + stderr, calls, root };
}

const missing = programAt('shellcheck') === undefined;

describe(`the scripts of images${missing ? ' SKIPPED IN PART: SHELLCHECK IS NOT INSTALLED' : ''}`, () => {
  it.each(Object.keys(scripts))('are shell that can be read (%s)', (name) => {
    const input = scripts[name];
    execFileSync('sh', ['-n'], { input });
    expect(input).not.toMatch(/shellcheck disable=/);
  });

  it.skipIf(missing).each(Object.keys(scripts))(
    'have nothing that shellcheck complains about (%s)',
    (name) => {
      const input = scripts[name];
      expect(execFileSync('shellcheck', ['-s', 'sh', '-'], { input, encoding: 'utf8' })).toBe('');
    },
  );

  it('fit into components, and have no braces that Image Builder would replace', () => {
    expect(components).toHaveLength(2);
    for (const { text } of components) {
      // https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_CreateComponent.html
      expect(text.length).toBeLessThan(16_000);
      expect(text).not.toMatch(/\{\{/);
    }
  });
});

describe('the step', () => {
  const quiet = { dnf: ':', modinfo: ':', systemctl: ':', uname: 'echo 5.14.0' };

  it('`driver` builds the driver of one branch for the present kernel', () => {
    const { status, calls } = run('driver', quiet);
    expect(status).toBe(0);
    expect(calls).toContain('dnf -y install kernel-devel-5.14.0 kernel-headers');
    expect(calls.indexOf('dnf -y module enable nvidia-driver:580-open')).toBeLessThan(
      calls.indexOf('dnf -y install nvidia-open'),
    );
    expect(run('driver', { ...quiet, modinfo: 'exit 1' }).status).toBe(1);
    expect(run('driver', { ...quiet, dnf: 'exit 1' }).status).toBe(1);
  });

  it('`docker` shows GPUs to containers', () => {
    const { status, calls } = run('docker', { dnf: ':', 'nvidia-ctk': ':', systemctl: ':' });
    expect(status).toBe(0);
    expect(calls.join('\n')).toMatch(/dnf -y install docker-ce .* nvidia-container-toolkit/);
    expect(calls).toContain('nvidia-ctk runtime configure --runtime=docker');
  });

  it('`packages` installs what runners need and what is listed, in one go', () => {
    const { status, calls } = run('packages', { dnf: ':' });
    expect(status).toBe(0);
    expect(calls[0]).toMatch(/^dnf -y install git .* cmake$/);
    expect(run('packages', { dnf: 'exit 1' }).status).not.toBe(0);
  });

  it('`containers` pulls each image, and fails when one is not there', () => {
    const { calls } = run('containers', { docker: ':' });
    expect(calls).toEqual(['docker pull --quiet aswf/ci-osl:2025', 'docker pull --quiet rockylinux:9']);
    expect(run('containers', { docker: 'exit 1' }).status).toBe(1);
  });

  it('`runner` keeps the latest runner program under its SHA-256', () => {
    const curl = `case $* in
      *releases/latest) printf https://github.com/actions/runner/releases/tag/v2.331.0 ;;
      *v2.331.0/actions-runner-linux-x64-2.331.0.tar.gz) printf runner > runner.tar.gz ;;
      *) exit 22 ;;
    esac`;
    const { status, root } = run('runner', { curl });
    expect(status).toBe(0);
    const sha256 = createHash('sha256').update('runner').digest('hex');
    expect(readdirSync(join(root, 'opt/callsheet/runners'))).toEqual([`${sha256}.tar.gz`]);
    expect(run('runner', { curl: 'exit 22' }).status).toBe(22);
  });
});

describe('the try-out', () => {
  const libraries = ['libcuda.so.1', 'libnvoptix.so.1', 'libEGL_nvidia.so.0'];
  const smi = (memory: number) => `echo 'Tesla T4, 580.178.04, ${memory}, 7.5'`;
  /** A machine without an image to try GPUs in: the toolkit says what it would put into a container. */
  const machine = (found: string[], memory = 15_360) => ({
    'nvidia-smi': smi(memory),
    docker: ':',
    'nvidia-container-cli': `printf '/usr/lib64/%s\\n' ${found.join(' ')}`,
  });

  it('is the check that builders do, and fails the image when something does not work', () => {
    const check = readFileSync(new URL('../../shared/agent/gpu.sh', import.meta.url), 'utf8');
    expect(scripts.gpu).toContain(check);
    const none = run('gpu', { 'nvidia-smi': 'echo no device; exit 9', docker: ':' });
    expect(none.status).not.toBe(0);
    expect(none.said).toContain('nvidia-smi shows no GPU');
    expect(run('gpu', machine(libraries, 8000)).status).not.toBe(0);
    const partly = run('gpu', machine(libraries.slice(0, 1)));
    expect(partly.status).not.toBe(0);
    expect(partly.said).toMatch(/promised, and does not work:.* optix/);
  });

  it('passes where all that is promised works', () => {
    // Vulkan's file is looked for on the machine: here it is one of the test's.
    const root = mkdtempSync(join(tmpdir(), 'callsheet-vulkan-'));
    onTestFinished(() => rmSync(root, { recursive: true }));
    mkdirSync(join(root, 'icd.d'));
    const text = scripts.gpu?.replaceAll('/etc/vulkan/icd.d/nvidia_icd*.json', join(root, 'icd.d'));
    expect(run('gpu', machine(libraries), text)).toMatchObject({ status: 0 });
  });
});
