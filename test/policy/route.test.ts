// Where jobs go: a table of repositories and labels, and what must hold for all labels.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  knownRepository,
  type Route,
  registrationLabels,
  route,
  scopesOf,
} from '../../shared/policy/route.ts';
import { sample } from './sample.ts';

/** A route as a line of prose. */
const told = (answer: Route): string =>
  answer.kind === 'pool' ? `${answer.project} uses ${answer.pool} in ${answer.scope}` : answer.why;

const film = 'group/Acme/callsheet-film';

describe('a job goes to the pool whose label it names', () => {
  it.each([
    ['Acme/Film', 'gpu', `film uses gpu in ${film}`],
    ['Acme/Film', 'cuda', `film uses gpu in ${film}`],
    ['Acme/Film', 'gpu cuda', `film uses gpu in ${film}`],
    ['Acme/Film', 'GPU', `film uses gpu in ${film}`],
    ['ACME/film', 'gpu', `film uses gpu in ${film}`],
    ['acme/reel', 'gpu', `film uses gpu in ${film}`],
    ['Acme/Film', 'mac', `film uses mac in ${film}`],
    ['Acme/Film', 'ubuntu-20.04-gpu-t4-4c-16g-176h', `film uses gpu in ${film}`],
    ['acme/open', 'win-gpu', 'open uses win-gpu in group/acme/Open.1'],
    ['SOLO/two', 'gpu', 'solo uses gpu in repository/solo/two'],
  ])('%s [%s]: %s', (repository, labels, expected) => {
    expect(told(route(sample, { repository, labels: labels.split(' ') }))).toBe(expected);
  });
});

describe('labels of its machine beside it make the scope narrower', () => {
  it.each([
    ['Acme/Film', 'self-hosted gpu', `film uses gpu in ${film}+self-hosted`],
    ['Acme/Film', 'X64 gpu Linux self-hosted', `film uses gpu in ${film}+linux+self-hosted+x64`],
    ['Acme/Film', 'gpu linux LINUX', `film uses gpu in ${film}+linux`],
    ['Acme/Film', 'macOS ARM64 mac', `film uses mac in ${film}+arm64+macos`],
    ['acme/open', 'windows win-gpu', 'open uses win-gpu in group/acme/Open.1+windows'],
    ['solo/one', 'self-hosted gpu', 'solo uses gpu in repository/solo/one+self-hosted'],
  ])('%s [%s]: %s', (repository, labels, expected) => {
    expect(told(route(sample, { repository, labels: labels.split(' ') }))).toBe(expected);
  });
});

describe('everything else is ignored, with the reason', () => {
  it.each([
    ['Acme/Film', 'ubuntu-latest', 'no pool has one of the labels [ubuntu-latest]'],
    ['Acme/Film', 'self-hosted linux', 'no pool has one of the labels [self-hosted, linux]'],
    ['Acme/Film', 'self-hosted linux x64', 'no pool has one of the labels [self-hosted, linux, x64]'],
    ['Acme/Film', 'constructor', 'no pool has one of the labels [constructor]'],
    ['Acme/Film', 'gpu a100', 'no builder of pool gpu has the labels [a100]'],
    ['Acme/Film', 'gpu windows', 'no builder of pool gpu has the labels [windows]'],
    ['Acme/Film', 'gpu arm64', 'no builder of pool gpu has the labels [arm64]'],
    ['acme/open', 'gpu win-gpu', 'no builder of pool gpu has the labels [win-gpu]'],
    ['Acme/Film', 'win-gpu', 'project film may not use pool win-gpu'],
    ['solo/one', 'mac', 'project solo may not use pool mac'],
    ['acme/other', 'gpu', 'acme/other is in no project of the configuration'],
  ])('%s [%s]: %s', (repository, labels, expected) => {
    expect(told(route(sample, { repository, labels: labels.split(' ') }))).toBe(expected);
  });

  it('shows at most 200 letters of a stranger', () => {
    expect(told(route(sample, { repository: 'Acme/Film', labels: ['x'.repeat(5000)] })).length).toBeLessThan(
      250,
    );
  });
});

describe('for all labels', () => {
  const machineLabels = ['self-hosted', 'linux', 'Linux', 'macOS', 'windows', 'X64', 'arm64'];
  const poolLabels = ['gpu', 'CUDA', 'win-gpu', 'Mac', 'ubuntu-20.04-gpu-t4-4c-16g-176h'];
  const repository = fc.constantFrom('Acme/Film', 'acme/open', 'solo/one');
  const some = (words: string[]) => fc.array(fc.constantFrom(...words), { maxLength: 6 });

  it('a job without a label of a pool never gets a machine', () => {
    const strangers = fc.array(fc.string(), { maxLength: 2 }).filter((words) => {
      const known = poolLabels.map((label) => label.toLowerCase()).concat('cuda');
      return words.every((word) => !known.includes(word.toLowerCase()));
    });
    fc.assert(
      fc.property(repository, some(machineLabels), strangers, (repository, machine, others) => {
        expect(route(sample, { repository, labels: [...machine, ...others] }).kind).toBe('ignored');
      }),
    );
  });

  it('a runner registered for the scope has every label of the job', () => {
    let routed = 0;
    fc.assert(
      fc.property(repository, some(machineLabels), some(poolLabels), (repository, machine, own) => {
        const labels = [...machine, ...own];
        const answer = route(sample, { repository, labels });
        if (answer.kind === 'ignored') return;
        routed += 1;
        const registered = registrationLabels(sample, answer.pool, answer.scope).map((label) =>
          label.toLowerCase(),
        );
        expect(registered).toEqual(expect.arrayContaining(labels.map((label) => label.toLowerCase())));
      }),
      { numRuns: 500, seed: 1 },
    );
    expect(routed).toBeGreaterThan(20);
  });
});

describe('registration', () => {
  it('carries the labels of the pool, and those beside them only where the scope asks for them', () => {
    const own = ['gpu', 'cuda', 'ubuntu-20.04-gpu-t4-4c-16g-176h'];
    expect(registrationLabels(sample, 'gpu', film)).toEqual(own);
    expect(registrationLabels(sample, 'gpu', `${film}+linux+self-hosted`)).toEqual([
      ...own,
      'linux',
      'self-hosted',
    ]);
    expect(() => registrationLabels(sample, 'constructor', film)).toThrow("no pool is called 'constructor'");
  });

  it('is possible in one scope for each runner group, and for each repository without one', () => {
    expect(scopesOf(sample)).toEqual([
      { project: 'film', scope: film, owner: 'Acme' },
      { project: 'open', scope: 'group/acme/Open.1', owner: 'acme' },
      { project: 'solo', scope: 'repository/solo/one', owner: 'solo' },
      { project: 'solo', scope: 'repository/solo/two', owner: 'solo' },
    ]);
  });
});

describe('a delivery is for us', () => {
  it.each([
    ['Acme/Film', '11', 'yes'],
    ['acme/FILM', '11', 'yes'],
    ['Acme/Film', undefined, 'yes'],
    ['Acme/Film', '12', 'installation 12 is not the configured one of Acme'],
    ['acme/other', '11', 'acme/other is in no project of the configuration'],
  ])('%s from installation %s: %s', (repository, installation, expected) => {
    const answer = knownRepository(sample, repository, installation);
    expect(answer.known ? 'yes' : answer.why).toBe(expected);
  });
});
