// The agent as a text, with each of its platforms: what shellcheck says of it, and that it silences nothing.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { agentFiles, packedAgent } from '../../shared/agent/pack.ts';
import { programAt } from './shells.ts';
import { agentFolder } from './stage.ts';

const missing = programAt('shellcheck') === undefined;
const platforms = ['codebuild', 'ec2', 'local', 'mac'];
const textOf = (file: string): string => readFileSync(join(agentFolder, file), 'utf8');

/** The agent as one text: a file takes the place of the line that reads it. */
const withPlatform = (name: string, text = textOf('agent.sh')): string =>
  text.replace(/^\. "\$\{0%\/\*\}\/(.*)"$/gm, (_, file: string) =>
    withPlatform(name, textOf(file.replace('$platform', name))),
  );

/** The agent's files for a platform: each line that reads one names it. */
function readBy(name: string, file = 'agent.sh'): string[] {
  const read = [...textOf(file).matchAll(/^\. "\$\{0%\/\*\}\/(.*)"$/gm)];
  return [file, ...read.flatMap(([, other = '']) => readBy(name, other.replace('$platform', name)))];
}

describe(`the agent's script${missing ? ' SKIPPED: SHELLCHECK IS NOT INSTALLED' : ''}`, () => {
  it.skipIf(missing).each(platforms)('has nothing with %s that shellcheck complains about', (name) => {
    const input = withPlatform(name);
    expect(execFileSync('shellcheck', ['-s', 'sh', '-'], { input, encoding: 'utf8' })).toBe('');
    expect(input).not.toMatch(/shellcheck disable|^\. /m);
  });

  it('takes nothing on a Mac that a fresh macOS lacks, nor what its shell, bash 3.2, cannot read', () => {
    const code = withPlatform('mac').replaceAll(/^\s*#.*$| # .*$/gm, '');
    expect(code).not.toMatch(
      /\/proc\b|(?<!-)\b(timeout|sha256sum|setsid|setpriv|runuser|jq|systemctl|flock)\b/,
    );
    expect(code).not.toMatch(/\$\((?:[^()]|\([^()]*\))*\bcase\b/);
  });

  it('consists of these files', () => {
    const files = readdirSync(agentFolder).filter((name) => name.endsWith('.sh'));
    const parts = ['agent', 'gpu', 'linux', 'machine', 'metadata'];
    const all = [...parts, ...platforms.map((name) => `platform-${name}`)];
    expect(files).toEqual(all.map((name) => `${name}.sh`));
  });

  it.each([
    ['codebuild', ['codebuild']],
    ['ec2', ['ec2', 'mac']],
  ] as const)('is packed for %s with all files that its platforms read, in 16 kB', (packed, names) => {
    for (const name of names) expect(agentFiles[packed]).toEqual(expect.arrayContaining(readBy(name)));
    expect(agentFiles[packed]).toHaveLength(new Set(names.flatMap((name) => readBy(name))).size);
    expect(packedAgent(agentFiles[packed]).length).toBeLessThan(16_384);
  });
});
