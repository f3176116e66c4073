// The configuration that Callsheet ships with: it is good, and serves what its comments say.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import shipped from '../../callsheet.config.ts';
import { gpuPromise } from '../../shared/contract/machine.ts';
import { hostOfferingsOf } from '../../shared/policy/hosts.ts';
import { macAdvice } from '../../shared/policy/mac-advice.ts';
import { offeringsOf, promiseOf } from '../../shared/policy/offerings.ts';
import { route } from '../../shared/policy/route.ts';
import { parseConfig, warnings } from '../../shared/policy/schema.ts';
import { gpuOf, rungName } from '../../shared/policy/told.ts';

describe('the shipped configuration', () => {
  const config = parseConfig(shipped);

  it('has pools under labels of their own, and takes over none of GitHub', () => {
    expect(Object.values(config.pools).flatMap((pool) => pool.labels)).toEqual([
      'gpu',
      'gpu-t4',
      'linux-xl',
      'mac',
    ]);
    expect(warnings(config)).toEqual([]);
  });

  it.each([
    ['AcademySoftwareFoundation/OpenColorIO', 'gpu', 'group/AcademySoftwareFoundation/callsheet-opencolorio'],
    ['AcademySoftwareFoundation/OpenColorIO', 'mac', 'group/AcademySoftwareFoundation/callsheet-opencolorio'],
    [
      'AcademySoftwareFoundation/OpenShadingLanguage',
      'gpu-t4',
      'group/AcademySoftwareFoundation/callsheet-openshadinglanguage',
    ],
    ['AcademySoftwareFoundation/openvdb', 'linux-xl', 'group/AcademySoftwareFoundation/callsheet-openvdb'],
    ['openvdb/fvdb-core', 'gpu', 'repository/openvdb/fvdb-core'],
  ])('sends %s with label %s to %s', (repository, label, scope) => {
    expect(route(config, { repository, labels: [label] })).toMatchObject({
      kind: 'pool',
      pool: label,
      scope,
    });
  });

  it('gets a whole GPU with ray tracing for gpu-t4: on spot, on demand, then of larger types', () => {
    const pool = config.pools['gpu-t4'];
    const asked = pool?.ladder.map((rung, index) => ({
      rung: rungName(pool, index),
      gpus: gpuOf(rung),
      types: [...new Set(offeringsOf(config, 'gpu-t4', index).map(({ type }) => type))],
      promise: rung.provider === 'ec2' && gpuPromise(promiseOf(pool, rung)),
    }));
    const first = ['g4dn.xlarge', 'g4dn.2xlarge', 'g6.xlarge', 'g6.2xlarge', 'g5.xlarge'];
    const rest = { gpus: 'nvidia', promise: '1 14745 cuda optix' };
    expect(asked).toEqual([
      { rung: '1-ec2-spot', types: first, ...rest },
      { rung: '2-ec2-on-demand', types: first, ...rest },
      { rung: '3-ec2-on-demand', types: expect.arrayContaining([...first, 'g6e.xlarge']), ...rest },
    ]);
    expect(pool?.containers).toBe(true);
  });

  it('gets an M1 or M2 for mac, for trusted jobs, and has no advice for it', () => {
    const { mac } = config.pools;
    expect(mac).toMatchObject({ trustedOnly: true, containers: false, ladder: [{ reset: 'replace-root' }] });
    const types = hostOfferingsOf(config, 'mac').map(({ type }) => type);
    expect([...new Set(types)]).toEqual(['mac2.metal', 'mac2-m2.metal']);
    expect(macAdvice(config)).toEqual([]);
  });

  it('shows each choice that a project has', () => {
    const { opencolorio, openshadinglanguage, openvdb } = config.projects;
    expect([opencolorio?.forks, openshadinglanguage?.forks]).toEqual(['never', 'github-approved']);
    expect([opencolorio?.onRefusal, openvdb?.onRefusal]).toEqual(['tell', 'cancel']);
  });
});

describe("README's migrations", () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const added = [...readme.matchAll(/^\+ +(?:runs-on|runner): (?:.* && ')?([\w-]+)/gm)].map(
    ([, label]) => label,
  );
  const projects = { gpu: 'OpenColorIO', 'gpu-t4': 'OpenShadingLanguage', 'linux-xl': 'fvdb-core' };

  it('ask for labels that the shipped configuration serves', () => {
    expect(added).toEqual(['gpu', 'gpu-t4', 'linux-xl', 'gpu-t4']);
    const config = parseConfig(shipped);
    const repositories = Object.values(config.projects).flatMap((project) => project.repositories);
    for (const [label, name] of [...Object.entries(projects), ['gpu-t4', 'fvdb-core'] as const]) {
      const repository = repositories.find((each) => each.endsWith(`/${name}`)) ?? name;
      expect(route(config, { repository, labels: [label] })).toMatchObject({ kind: 'pool', pool: label });
    }
  });
});
