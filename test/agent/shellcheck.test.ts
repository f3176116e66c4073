// The agent as a text: what shellcheck says of it, and that it stays short enough to be reviewed.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { programAt } from './shells.ts';
import { agentScript } from './stage.ts';

const missing = programAt('shellcheck') === undefined;

describe(`the agent's script${missing ? ' SKIPPED: SHELLCHECK IS NOT INSTALLED' : ''}`, () => {
  it.skipIf(missing)('has nothing that shellcheck complains about, and silences nothing', () => {
    expect(execFileSync('shellcheck', ['-s', 'sh', agentScript], { encoding: 'utf8' })).toBe('');
    expect(readFileSync(agentScript, 'utf8')).not.toMatch(/shellcheck disable/);
  });
});
