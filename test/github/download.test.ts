// The runner program: what GitHub offers, with a hash or not at all.
import { describe, expect, it } from 'vitest';
import { Doubt } from '../../shared/scheduler/ports.ts';
import { studio } from './studio.ts';

const scope = 'group/aswf/callsheet-ocio';
const call = 'GET /orgs/aswf/actions/runners/downloads';
const releases = 'https://github.com/actions/runner/releases/download';
const sha256 = 'a'.repeat(64);

const program = (os: string, architecture: string, more: object = {}) => ({
  os,
  architecture,
  filename: `actions-runner-${os}-${architecture}-2.337.0.tar.gz`,
  download_url: `${releases}/v2.337.0/actions-runner-${os}-${architecture}`,
  ...more,
});

describe('the runner program', () => {
  it.each([
    ['linux', 'x64', 'linux-x64'],
    ['linux', 'arm64', 'linux-arm64'],
    ['macos', 'arm64', 'osx-arm64'],
    ['windows', 'x64', 'win-x64'],
  ])('for %s on %s is the one that GitHub calls %s', async (os, arch, theirs) => {
    const { server, runners } = await studio();
    const offers = ['osx', 'linux', 'win'].flatMap((system) =>
      ['x64', 'arm64', 'arm'].map((machine) => program(system, machine, { sha256_checksum: sha256 })),
    );
    server.on(call, { body: offers });
    const { url } = await runners.download(scope, os, arch);
    expect(url.endsWith(`/actions-runner-${theirs}`)).toBe(true);
  });

  it('is asked for once in ten minutes', async () => {
    const { server, runners, clock } = await studio();
    server.on(call, { status: 502 });
    await expect(runners.download(scope, 'linux', 'x64')).rejects.toThrow(Doubt);
    server.on(call, { body: [program('linux', 'x64', { sha256_checksum: sha256 })] });
    await Promise.all([
      runners.download(scope, 'linux', 'x64'),
      runners.download(`${scope}+linux`, 'linux', 'x64'),
    ]);
    await runners.download(scope, 'linux', 'x64');
    expect(server.to(call)).toHaveLength(2);
    clock.now += 600_000;
    await runners.download(scope, 'linux', 'x64');
    expect(server.to(call)).toHaveLength(3);
  });

  it('without a hash is refused, unless its platform is pinned', async () => {
    const pinnedRunners = { 'macos-arm64': { version: '2.336.0', sha256: 'b'.repeat(64) } };
    const { server, runners } = await studio({}, { pinnedRunners });
    server.on(call, { body: [program('linux', 'x64', { sha256_checksum: 'tbd' }), program('osx', 'arm64')] });
    await expect(runners.download(scope, 'linux', 'x64')).rejects.toThrow('pin a version and its SHA-256');
    expect(await runners.download(scope, 'macos', 'arm64')).toEqual({
      url: `${releases}/v2.336.0/actions-runner-osx-arm64-2.336.0.tar.gz`,
      sha256: 'b'.repeat(64),
    });
  });

  it("with GitHub's hash is preferred to a pinned one", async () => {
    const pinnedRunners = { 'linux-x64': { version: '2.300.0', sha256: 'b'.repeat(64) } };
    const { server, runners } = await studio({}, { pinnedRunners });
    server.on(call, { body: [program('linux', 'x64', { sha256_checksum: sha256 })] });
    expect(await runners.download(scope, 'linux', 'x64')).toMatchObject({ sha256 });
  });

  it('that GitHub does not offer is a doubt', async () => {
    const { server, runners } = await studio();
    server.on(call, { body: [] });
    await expect(runners.download(scope, 'linux', 'x64')).rejects.toThrow(
      'GitHub offers no runner for linux-x64',
    );
  });
});
