// How a pool keeps hosts: which machines may be reset, and what can be asked for.
import { describe, expect, it } from 'vitest';
import { keepingOf } from '../../../shared/operations/hosts/keeping.ts';
import type { MacRung } from '../../../shared/policy/config.ts';
import { type ProjectInput, parseConfig } from '../../../shared/policy/schema.ts';
import { standardLimits } from '../../../shared/scheduler/limits.ts';
import type { Builder } from '../../../shared/scheduler/records.ts';
import { emptyState } from '../../../shared/store/state.ts';

const now = Date.UTC(2026, 10, 21);
const minute = 60_000;

function keep(projects: Record<string, Partial<ProjectInput>> = {}, rung: Partial<MacRung> = {}) {
  const all = Object.entries({ color: { repositories: ['film/color'] }, ...projects });
  const config = parseConfig({
    installation: 'test',
    github: { appId: '1', installations: { film: '11', other: '12' } },
    aws: { region: 'us-east-1', regions: { 'us-east-1': { zones: ['us-east-1a', 'us-east-1b'] } } },
    pools: {
      mac: {
        ...{ labels: ['mac'], os: 'macos', arch: 'arm64', trustedOnly: true, maximum: 3 },
        ladder: [{ provider: 'local' }, { provider: 'mac', families: ['mac2', 'mac2-m2'], ...rung }],
      },
    },
    projects: Object.fromEntries(
      all.map(([name, project]) => [name, { pools: ['mac'], maxUsdPerDay: 100, ...project }]),
    ),
  });
  const state = emptyState('mac');
  const ports = { config, standard: standardLimits };
  const found = keepingOf(ports, state, now);
  if (!found) throw new Error('no hosts are kept');
  return { config, state, ports, keeping: found };
}

const builderIn = (scope: string | undefined): Builder => ({
  ...{ kind: 'builder', pool: 'mac', id: 'i-1', version: 1, phase: 'resetting', provider: 'mac', rung: 1 },
  ...{ launch: 'mac-1', launchedAt: 0, turn: 1, count: 1, usdPerHour: 0, scope },
});

const group = 'group/film/callsheet-color';

describe('a machine', () => {
  it.each<[string, Parameters<typeof keep>, string | undefined, boolean]>([
    ['in a group of one repository', [], group, true],
    ['in a group of another organization', [], 'group/other/callsheet-color', false],
    ['in a group that no project has', [], 'group/film/callsheet-volume', false],
    [
      'in a group of two repositories',
      [{ color: { repositories: ['film/color', 'film/sound'] } }],
      group,
      false,
    ],
    [
      'in the scope of its repository',
      [{ color: { repositories: ['film/color', 'film/sound'], repositoryRunners: true } }],
      'repository/film/Color+self-hosted',
      true,
    ],
    ['in the scope of another repository', [], 'repository/film/sound', false],
    ['without a scope', [], undefined, false],
    ['of a rung that relaunches', [{}, { reset: 'relaunch' }], group, false],
  ])('%s may be reset: %s', (_, settings, scope, may) => {
    const { keeping } = keep(...settings);
    expect(keeping.mayReset(builderIn(scope), 'film/color')).toBe(may);
  });
});

describe('what can be asked for', () => {
  const zones = ['us-east-1a', 'us-east-1b'];
  const keys = ['mac2', 'mac2-m2'].flatMap((family) =>
    zones.map((zone) => `us-east-1/on-demand/${family}.metal/${zone}`),
  );
  const offers = ({ ports, state }: ReturnType<typeof keep>) =>
    keepingOf(ports, state, now)?.offers.map(({ offering }) => offering);

  it('is all of one family before the next', () => {
    expect(offers(keep())).toEqual(keys);
  });

  it('is not on a shelf that others have found empty', () => {
    const on = keep();
    const empty = { 'us-east-1/on-demand/quota/mac2': { until: now + minute, why: 'quota: 0' } };
    on.state.memories.push({ kind: 'memory', pool: '+', id: 'memory', version: 1, empty });
    expect(offers(on)).toEqual(keys.slice(2));
  });

  it('is nothing while the rung is left alone', () => {
    const on = keep();
    on.state.pool.closedRungs['1'] = { until: now + minute, times: 1, why: 'invalid: no such image' };
    expect(offers(on)).toEqual([]);
  });
});

describe('the settings of a rung', () => {
  it('are taken over, in milliseconds', () => {
    const { keeping } = keep({}, { waitMinutes: 7, stayMinutes: 9, afterwards: 'keep' });
    const times = { waitMs: 7 * minute, stayMs: 9 * minute, afterwards: 'keep' };
    expect(keeping).toMatchObject({ rung: 1, maximum: 3, paidDay: 'shared', ...times });
  });

  it('are none where a pool has no Macs', () => {
    const { ports } = keep();
    expect(keepingOf(ports, emptyState('gpu'), now)).toBeUndefined();
  });
});
