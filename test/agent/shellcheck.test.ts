// The agent as a text, with each of its platforms: what shellcheck says of it, and that it silences nothing.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { agentFiles } from '../../shared/agent/pack.ts';
import { programAt } from './shells.ts';
import { agentFolder } from './stage.ts';

const missing = programAt('shellcheck') === undefined;
const platforms = ['codebuild', 'ec2', 'local'];
const textOf = (file: string): string => readFileSync(join(agentFolder, file), 'utf8');

/** The agent as one text: a file takes the place of the line that reads it. */
const withPlatform = (name: string, text = textOf('agent.sh')): string =>
  text.replace(/^\. "\$\{0%\/\*\}\/(.*)"$/gm, (_, file: string) =>
    withPlatform(name, textOf(file.replace('$platform', name))),
  );

describe(`the agent's script${missing ? ' SKIPPED: SHELLCHECK IS NOT INSTALLED' : ''}`, () => {
  it.skipIf(missing).each(platforms)('has nothing with %s that shellcheck complains about', (name) => {
    const input = withPlatform(name);
    expect(execFileSync('shellcheck', ['-s', 'sh', '-'], { input, encoding: 'utf8' })).toBe('');
    expect(input).not.toMatch(/shellcheck disable|^\. /m);
  });

  it('consists of these files, and is packed with those that its platform needs', () => {
    const files = readdirSync(agentFolder).filter((name) => name.endsWith('.sh'));
    expect(files).toEqual([
      'agent.sh',
      'gpu.sh',
      'machine.sh',
      ...platforms.map((name) => `platform-${name}.sh`),
    ]);
    for (const [name, packed] of Object.entries(agentFiles)) {
      expect(packed).toEqual(['agent.sh', 'gpu.sh', 'machine.sh', `platform-${name}.sh`]);
    }
  });
});
