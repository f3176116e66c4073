// The job-started hook when its answer comes at once: nothing that it starts may act in its place.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { shells, together } from './shells.ts';
import { agentScript } from './stage.ts';

/** The hook as the agent writes it: what its function `hook` prints. */
const hook = /cat << 'END'\n(# Asks the agent[\s\S]*?\n)END\n/.exec(readFileSync(agentScript, 'utf8'))?.[1];

/** Somebody who allows every job at once, and workers that wait for their hook. Prints what each comes to. */
const workers = `
mkfifo ask answer
(exec 3<> ask 4<> answer; while read -r job <&3; do echo 'allowed yes' >&4; done) &
answerer=$!
export GITHUB_REPOSITORY=aswf/OpenEXR GITHUB_RUN_ID=1 GITHUB_RUN_ATTEMPT=1 GITHUB_JOB=build
left=600
while [ "$left" -gt 0 ]; do
  sh -c 'sh -e ./hook.sh 2>&1; echo "lives $?"' 2>&1
  left=$((left - 1))
done
kill "$answerer"
`;

describe.each(shells)('the hook of a job that is allowed at once ($name)', together, ({ path, test }) => {
  test('leaves each of many workers alive', () => {
    const folder = mkdtempSync(join(tmpdir(), 'callsheet-hook-'));
    try {
      writeFileSync(join(folder, 'hook.sh'), `#!/bin/sh\nlimit=20 linger=0.1\n${hook}`);
      const options = { cwd: folder, env: { ...process.env, PATH: path }, encoding: 'utf8' } as const;
      const said = execFileSync('sh', ['-c', workers], options);
      expect([...new Set(said.trim().split('\n'))]).toEqual(['yes', 'lives 0']);
      expect(said).toBe('yes\nlives 0\n'.repeat(600));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
