// What all commands have: help, wrong command lines, AWS's errors; in lines and exit codes, never a stack.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { desk } from './desk.ts';

const folder = join(import.meta.dirname, '../../infra/commands');
const processMs = 60_000;

/** With a region and no credentials: nothing outside is asked. */
async function start(command: string, ...args: string[]) {
  const environment = {
    AWS_REGION: 'us-east-1',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/nowhere',
    AWS_SHARED_CREDENTIALS_FILE: '/nowhere',
    GITHUB_API_URL: 'http://127.0.0.1:1',
  };
  const child = spawn(process.execPath, [join(folder, `${command}.ts`), ...args], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code: Number(code), out, err };
}

describe('as a process', () => {
  it('doctor explains itself', { timeout: processMs }, async () => {
    const shown = await start('doctor', '--help');
    expect(shown).toMatchObject({ code: 0, err: '' });
    expect(shown.out).toMatch(/^Usage: npm run doctor -- /);
  });

  it('secrets refuses what it does not know', { timeout: processMs }, async () => {
    const words = "callsheet: Unknown option '--hepl'\nSee --help.\n";
    expect(await start('secrets', '--hepl')).toEqual({ code: 2, out: '', err: words });
  });

  it('groups says in one line that there are no credentials', { timeout: processMs }, async () => {
    const words =
      'callsheet: no private key of the App: give --app-key <file> ' +
      '(it cannot be read in SSM: no AWS credentials)\n';
    expect(await start('groups')).toEqual({ code: 1, out: '', err: words });
  });
});

describe('all commands', () => {
  it.each(['secrets', 'groups', 'doctor', 'page'] as const)(
    '%s explains itself and knows its options',
    async (command) => {
      const { run } = await desk({ environment: {} });
      expect((await run(command, '--help')).out).toMatch(new RegExp(`^Usage: npm run ${command} -- `));
      expect(await run(command, '--hepl')).toMatchObject({ code: 2, out: '' });
      expect(await run(command, 'all')).toMatchObject({ code: 2, out: '' });
    },
  );

  it('names what AWS does not let one do', async () => {
    const { run, aws } = await desk();
    aws.refuse('GetParameters', 'AccessDeniedException');
    expect((await run('secrets')).err).toBe(
      'callsheet: these AWS credentials may not do ssm:GetParameters: take a role that may\n',
    );
    aws.refuse('GetParameters', 'ExpiredTokenException');
    expect((await run('secrets')).err).toMatch(/^callsheet: AWS does not accept these credentials .*\n$/);
  });

  it('says nothing of what AWS says of a value', async () => {
    const { run, aws } = await desk();
    aws.refuse('PutParameter', 'ValidationException');
    expect(await run('secrets', '--create')).toEqual({
      code: 1,
      out: '',
      err: 'callsheet: ssm:PutParameter: AWS did not do it (ValidationException)\n',
    });
  });

  it('ask for credentials and a region in words', async () => {
    const without = await desk({ environment: {} });
    expect((await without.run('secrets')).err).toMatch(/^callsheet: no AWS credentials: sign in, .*\n$/);
    for (const region of [undefined, '']) {
      const { run } = await desk({ environment: { AWS_REGION: region } });
      expect((await run('secrets')).err).toMatch(/^callsheet: no AWS region: set AWS_REGION, .*\n$/);
    }
  });
});
