// The agent asks for work: proof and key, lost and odd answers, waiting, being sent away, the runner program.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { programAt, shells, together } from './shells.ts';
import { play, type Stage } from './stage.ts';

describe.each(shells)('the agent asks for work ($name)', together, ({ path, test }) => {
  test('shows its ticket and a key of its own, and says what it runs on', () =>
    play({ path }, async ({ start, server, builder, ticket, processes, read }) => {
      expect(await start().ended).toBe(0);
      const [claim] = server.calls.claim;
      expect(claim).toMatchObject({
        builder,
        launch: 'test-1',
        proof: ticket,
        facts: { os: 'linux', gpus: [] },
      });
      expect(claim?.facts.arch).toMatch(/^(x64|arm64)$/);
      expect(server.calls.finished).toMatchObject([
        { builder, launch: 'test-1', key: claim?.key, exitCode: 0 },
      ]);
      expect(processes()).toEqual([]);
      for (const file of ['key', 'ticket', 'events', 'ask', 'answer']) expect(read(file)).toBe('');
    }));

  test('repeats a claim whose answer is lost, an error or odd, with the same key', () => {
    const odd = (stage: Stage) => [
      'lost' as const,
      500,
      '{"work":{"kind":"actions"',
      stage.work({ jitConfig: 'not "plain' }),
      stage.work({ runner: { url: 'ftp://x', sha256: stage.sha256 } }),
      stage.work({ runner: { url: stage.server.url, sha256: 'short' } }),
    ];
    let stage: Stage | undefined;
    const claim = (_: unknown, count: number) => (stage && odd(stage)[count]) ?? stage?.work() ?? 500;
    return play({ path, answers: { claim } }, async (made) => {
      stage = made;
      expect(await made.start().ended).toBe(0);
      expect(made.server.calls.claim).toHaveLength(7);
      expect(new Set(made.server.calls.claim.map(({ key }) => key)).size).toBe(1);
      expect(made.server.calls.finished).toHaveLength(1);
    });
  });

  test('waits as long as it is told, and asks again', () => {
    let stage: Stage | undefined;
    const at: number[] = [];
    const claim = (_: unknown, count: number) => {
      at.push(Date.now());
      return count < 2 ? { next: 'wait', seconds: 30 } : (stage?.work() ?? 500);
    };
    return play({ path, answers: { claim } }, async (made) => {
      stage = made;
      expect(await made.start().ended).toBe(0);
      const [first = 0, second = 0, third = 0] = at;
      // 30 seconds at this pace; it may take longer, never less.
      expect(Math.min(second - first, third - second)).toBeGreaterThanOrEqual(299);
      expect(at).toHaveLength(3);
      expect(made.said()).not.toContain('no answer');
    });
  });

  test('ends when it is not needed, without a runner', () => {
    const claim = () => ({ next: 'shutdown', why: 'the job was cancelled' });
    return play({ path, answers: { claim } }, async ({ start, server, said, read }) => {
      expect(await start().ended).toBe(0);
      expect(said()).toContain('is not needed: the job was cancelled');
      expect(server.calls.claim).toHaveLength(1);
      expect(server.downloads).toBe(0);
      expect(read('key')).toBe('');
    });
  });

  test('gives up when no claim is answered for ten minutes', () =>
    play({ path, answers: { claim: () => 'lost' } }, async ({ start, server, said }) => {
      expect(await start({ CALLSHEET_PACE: '600' }).ended).toBe(1);
      expect(server.calls.claim.length).toBeGreaterThan(1);
      expect(said()).toContain('no answer to its claim in ten minutes');
    }));

  test('refuses a runner program with another SHA-256, and says so', () =>
    play(
      { path, run: 'touch ../ran', answers: { claim: () => wrong } },
      async ({ start, work, server, read, builder }) => {
        Object.assign(
          wrong,
          work({ runner: { url: `${server.url}/runner.tar.gz`, sha256: 'a'.repeat(64) } }),
        );
        expect(await start().ended).toBe(0);
        expect(server.calls.finished).toMatchObject([{ builder, exitCode: 1 }]);
        expect(server.calls.finished[0]?.log).toContain('has another SHA-256');
        expect(read('runner/run.sh')).toBe('');
      },
    ));
  const wrong = {};

  test('tries a download again, and says when it never comes', () =>
    play({ path, answers: { claim: () => gone } }, async ({ start, work, server, sha256 }) => {
      Object.assign(gone, work({ runner: { url: `${server.url}/nothing`, sha256 } }));
      expect(await start().ended).toBe(0);
      expect(server.calls.finished[0]?.log).toContain('could not be downloaded');
    }));
  const gone = {};

  test('takes the runner program from the cache only when it is the one', () =>
    play({ path, run: 'touch ../ran' }, async ({ start, home, archive, sha256, server, read }) => {
      const [good, bad] = [join(home, '../good'), join(home, '../bad')];
      for (const folder of [good, bad]) mkdirSync(folder);
      symlinkSync(archive, join(good, `${sha256}.tar.gz`));
      writeFileSync(join(bad, `${sha256}.tar.gz`), 'something else');
      expect(await start({ CALLSHEET_RUNNER_CACHE: good }).ended).toBe(0);
      expect(server.downloads).toBe(0);
      expect(await start({ CALLSHEET_RUNNER_CACHE: bad }).ended).toBe(0);
      expect(server.downloads).toBe(1);
      expect(read('log')).not.toContain('finish');
    }));

  test('tells what is missing when the machine is not fit, before it asks for work', () =>
    play({ path }, async ({ start, home, server, ticket }) => {
      const few = join(home, '../few');
      mkdirSync(few);
      const needed = 'cat curl date gzip id mkdir mkfifo od rm sleep tail tar tr uname'.split(' ');
      symlinkSync(join(path.split(':')[0] ?? '', 'sh'), join(few, 'sh'));
      for (const name of needed) symlinkSync(programAt(name) ?? '', join(few, name));
      expect(await start({ PATH: few }).ended).toBe(1);
      const [report] = server.calls.progress;
      expect(report).toMatchObject({
        busy: false,
        failure: { proof: ticket, why: 'the machine is not healthy' },
      });
      expect(report?.failure?.log).toBe("the program 'sha256sum' is missing\n");
      expect(server.calls.claim).toEqual([]);
    }));

  test.each([
    ['CALLSHEET_URL', 'http://example.org', 'must begin with https:// or http://127.0.0.1:'],
    ['CALLSHEET_BUILDER', 'a"b', 'must be made of a-z, 0-9 and -'],
    ['CALLSHEET_LAUNCH', '', 'must be made of a-z, 0-9 and -'],
    ['CALLSHEET_PLATFORM', 'toaster', 'is none of ours'],
    ['CALLSHEET_PACE', '0', 'must be a whole number from 1'],
  ])('refuses to start with a bad %s', (name, value, why) =>
    play({ path }, async ({ start, said, server }) => {
      expect(await start({ [name]: value }).ended).toBe(2);
      expect(said()).toContain(`${name} ${why}`);
      expect(server.calls.claim).toEqual([]);
    }),
  );
});
