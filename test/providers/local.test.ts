// The provider `local` over real processes: nothing is doubled, mistaken, lost or left.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { type LocalSettings, localProvider } from '../../shared/providers/local/provider.ts';
import { ticketFor } from '../../shared/providers/tickets.ts';
import { launchOf, providerConformance } from './conformance.ts';

const request = (n: number) => JSON.stringify({ n });

/** A place for one test: `agent` is the text of the script that builders run. */
function place(agent = 'exec sleep 600', more: Partial<LocalSettings> = {}) {
  const root = mkdtempSync(join(tmpdir(), 'callsheet-local-'));
  const script = join(root, 'agent.sh');
  writeFileSync(script, `${agent}\n`);
  const folder = join(root, 'builders');
  const settings = { folder, agent: script, url: 'http://127.0.0.1:1', secret: 'secret', pace: 20, ...more };
  const provider = localProvider(settings);
  const pidOf = (id: string): number =>
    JSON.parse(readFileSync(join(folder, '.launches', id.replace(/^local-|-\d+$/g, ''), id), 'utf8')).pid;
  const close = async () => {
    await provider.close().catch(() => {});
    rmSync(root, { recursive: true, force: true });
  };
  return { root, folder, settings, provider, pidOf, close };
}

/** Waits until `holds` does, at most ten seconds. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await holds()); tries += 1) {
    if (tries > 500) throw new Error(`never came true: ${holds}`);
    await sleep(20);
  }
}

/** Numbers of the processes for which `holds`; one that is gone when it is looked at does not count. */
const processes = (holds: (proc: string) => boolean) =>
  readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && holds(`/proc/${pid}`);
    } catch {
      return false;
    }
  });
const marked = (mark: string) =>
  processes((proc) => readFileSync(`${proc}/environ`, 'utf8').split('\0').includes(mark));
const worksIn = (folder: string) => processes((proc) => readlinkSync(`${proc}/cwd`).startsWith(folder));

providerConformance('local', async () => {
  const { provider, settings, folder, pidOf, close } = place();
  let broken = false;
  return {
    provider,
    request,
    end: async (id) => {
      process.kill(-pidOf(id), 'SIGKILL');
      await until(() => !existsSync(join(folder, id)));
    },
    breakList: async () => {
      await provider.close();
      writeFileSync(folder, 'not a folder');
      broken = true;
    },
    restart: async () => localProvider(settings),
    close: async () => {
      if (broken) rmSync(folder);
      await close();
    },
  };
});

describe('provider local', () => {
  const open: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const each of open.splice(0)) await each.close();
  });
  const begin = (...args: Parameters<typeof place>) => {
    const made = place(...args);
    open.push(made);
    return made;
  };

  it('gives the agent its folder, its name and its ticket, and nothing of our own environment', async () => {
    process.env.CALLSHEET_TEST_SECRET = 'not for agents';
    const { provider, folder } = begin('env > seen.part; mv seen.part seen; exec sleep 600', {
      env: { EXTRA: 'yes' },
    });
    const launch = launchOf(1, request(1));
    const [id = ''] = (await provider.launch(launch)).started;
    const seen = join(folder, id, 'seen');
    await until(() => existsSync(seen));
    const lines = readFileSync(seen, 'utf8').split('\n');
    expect(lines).toContain(`CALLSHEET_HOME=${join(folder, id)}`);
    expect(lines).toContain(`CALLSHEET_LAUNCH=${launch.id}`);
    expect(lines).toContain(`CALLSHEET_BUILDER=${id}`);
    expect(lines).toContain(`CALLSHEET_TICKET=${ticketFor('secret', launch.id, id)}`);
    expect(lines).toContain('CALLSHEET_PACE=20');
    expect(lines).toContain('EXTRA=yes');
    expect(lines.join('\n')).not.toContain('not for agents');
    delete process.env.CALLSHEET_TEST_SECRET;
  });

  it('tells when a builder ends by itself, with the end of its log, and leaves nothing of it', async () => {
    const ends: { id: string; why: string; log: string }[] = [];
    const { provider, folder } = begin('setsid sleep 600 & echo last words; exit 3', {
      onEnd: (id, end) => ends.push({ id, ...end }),
    });
    const [id = ''] = (await provider.launch(launchOf(1, request(1)))).started;
    await until(() => ends.length > 0);
    expect(ends).toEqual([{ id, why: 'the agent exited with 3', log: 'last words\n' }]);
    expect(existsSync(join(folder, id))).toBe(false);
    expect(marked(`CALLSHEET_BUILDER=${id}`)).toEqual([]);
  });

  it('ends a builder that ignores SIGTERM, what it started elsewhere, and what hides its name', async () => {
    const { provider, folder, root } = begin(
      `trap '' TERM; setsid sleep 600 & env -i setsid sleep 600 &
      (cd / && exec env -i sleep 600) & echo $! > elsewhere; touch up; while :; do sleep 1; done`,
    );
    const [id = ''] = (await provider.launch(launchOf(1, request(1)))).started;
    await until(() => existsSync(join(folder, id, 'up')) && worksIn(root).length === 4);
    const elsewhere = readFileSync(join(folder, id, 'elsewhere'), 'utf8').trim();
    expect(await provider.stop([id])).toEqual({ failed: [] });
    expect(marked(`CALLSHEET_BUILDER=${id}`)).toEqual([]);
    expect(worksIn(root)).toEqual([]);
    expect(processes((proc) => proc.endsWith(`/${elsewhere}`) && existsSync(`${proc}/cwd`))).toEqual([]);
    expect(existsSync(join(folder, id))).toBe(false);
  });

  it('does not take a later process with the same number for its builder, nor end it', async () => {
    const { provider, folder, settings } = begin();
    const launch = launchOf(1, request(1));
    const [id = ''] = (await provider.launch(launch)).started;
    const record = join(folder, '.launches', launch.id, id);
    await provider.stop([id]);
    mkdirSync(join(folder, id));
    writeFileSync(record, JSON.stringify({ pid: process.pid, start: '1', at: 0 }));
    const again = localProvider(settings);
    expect(await again.list()).toEqual([]);
    expect(existsSync(join(folder, id))).toBe(false);
  });

  it('shows a folder that nobody knows, and can end it', async () => {
    const { provider, folder, root } = begin();
    for (const name of ['stranger', '.runners']) mkdirSync(join(folder, name), { recursive: true });
    expect((await provider.list()).map(({ id, launch }) => ({ id, launch }))).toEqual([{ id: 'stranger' }]);
    expect(await provider.stop(['stranger'])).toEqual({ failed: [] });
    expect(readdirSync(folder)).toEqual(['.runners']);
    await provider.launch(launchOf(1, request(1)));
    await provider.stop(['', '.', '..', '../agent.sh', '.launches']);
    expect(existsSync(join(root, 'agent.sh'))).toBe(true);
    expect(await provider.list()).toHaveLength(1);
    expect(readdirSync(join(folder, '.launches'))).toHaveLength(1);
  });

  it('adopts an agent whose start was not written down, and starts those that were not', async () => {
    const { provider, folder, settings } = begin();
    const launch = launchOf(2, request(2));
    const [first = '', second = ''] = (await provider.launch(launch)).started;
    rmSync(join(folder, '.launches', launch.id, first));
    await provider.stop([second]);
    rmSync(join(folder, '.launches', launch.id, second));
    const again = localProvider(settings);
    open.push(again);
    await again.launch(launch);
    expect(marked(`CALLSHEET_BUILDER=${first}`)).toHaveLength(1);
    expect(marked(`CALLSHEET_BUILDER=${second}`)).toHaveLength(1);
  });

  it('throws rather than guess when a record does not parse', async () => {
    const { provider, folder } = begin();
    const launch = launchOf(2, request(2));
    const [first = '', second = ''] = (await provider.launch(launch)).started;
    const record = join(folder, '.launches', launch.id, first);
    const good = readFileSync(record, 'utf8');
    writeFileSync(record, '{}');
    await expect(provider.list()).rejects.toThrow();
    expect(await provider.stop([first, second])).toEqual({ failed: [first] });
    writeFileSync(record, good);
  });

  it('says what is wrong with a request that it cannot serve', async () => {
    const { provider } = begin();
    const { faults } = await provider.launch(launchOf(1, '{"n":0}'));
    expect(faults).toEqual([{ kind: 'invalid', why: expect.stringContaining('{"n":<1 to 1000>}') }]);
    const missing = { ...launchOf(1, request(1)), id: 'a-pool-with-a-very-long-name-that-does-not-fit-1' };
    await expect(provider.launch(missing)).rejects.toThrow('give its pool a shorter one');
  });

  it('leaves no process and no folder when it is closed, and launches nothing afterwards', async () => {
    const { provider, folder } = begin('setsid sleep 600 & sleep 600');
    const { started } = await provider.launch(launchOf(3, request(3)));
    await provider.close();
    expect(existsSync(folder)).toBe(false);
    for (const id of started) expect(marked(`CALLSHEET_BUILDER=${id}`)).toEqual([]);
    await expect(provider.launch(launchOf(1, request(1)))).rejects.toThrow('closed');
    expect(existsSync(folder)).toBe(false);
  });
});
