// The agent as a text, with each of its platforms: what shellcheck says of it, and that it silences nothing.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { programAt } from './shells.ts';
import { agentFolder, agentScript } from './stage.ts';

const missing = programAt('shellcheck') === undefined;
const platforms = readdirSync(agentFolder).filter((name) => name !== 'agent.sh');

/** The agent as one text: the platform's file takes the place of the line that reads it. */
const withPlatform = (name: string): string =>
  readFileSync(agentScript, 'utf8').replace(/^\. .*$/m, () => readFileSync(join(agentFolder, name), 'utf8'));

describe(`the agent's script${missing ? ' SKIPPED: SHELLCHECK IS NOT INSTALLED' : ''}`, () => {
  it.skipIf(missing).each(platforms)('has nothing with %s that shellcheck complains about', (name) => {
    const input = withPlatform(name);
    expect(execFileSync('shellcheck', ['-s', 'sh', '-'], { input, encoding: 'utf8' })).toBe('');
    expect(input).not.toMatch(/shellcheck disable/);
  });

  it('has all its platforms', () => {
    expect(platforms).toEqual(['platform-codebuild.sh', 'platform-local.sh']);
  });
});
