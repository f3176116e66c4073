// Projects that are refused: each with the whole message, its place and its remedy.
import { describe, expect, it } from 'vitest';
import { nameRule, problemsOf, sampleInput } from './sample.ts';

const { projects } = sampleInput;
const film = (changes: object) => ({ projects: { ...projects, film: { ...projects.film, ...changes } } });

const groupRule =
  "name a group of the project's own, not 'Default': at most 64 letters, digits, dots, hyphens, underscores";

describe('a project is refused', () => {
  it.each([
    [{ concurency: 3 }, 'projects.film', "unknown key 'concurency'; did you mean 'concurrency'?"],
    [
      { concurrency: 0 },
      'projects.film.concurrency',
      '0 is refused; give a whole number of jobs from 1 to 1000',
    ],
    [
      { untrusted: { concurrency: 1001 } },
      'projects.film.untrusted.concurrency',
      '1001 is refused; give a whole number of jobs from 1 to 1000',
    ],
    [
      { untrusted: { limit: 1 } },
      'projects.film.untrusted',
      "unknown key 'limit'; remove it (known: concurrency, jobLimitMinutes)",
    ],
    [{ forks: 'always' }, 'projects.film.forks', "'always' is refused; write 'never' or 'github-approved'"],
    [{ onRefusal: true }, 'projects.film.onRefusal', "true is refused; write 'tell' or 'cancel'"],
    [
      { repositories: [] },
      'projects.film.repositories',
      'an empty list is refused; give a list of 1 to 200 repositories',
    ],
    [
      { repositories: ['Film'] },
      'projects.film.repositories[0]',
      "'Film' is refused; write 'owner/name' as GitHub shows it",
    ],
    [
      { repositories: ['acme/..'] },
      'projects.film.repositories[0]',
      "'acme/..' is refused; write 'owner/name' as GitHub shows it",
    ],
    [
      { repositories: ['a/b/c'] },
      'projects.film.repositories[0]',
      "'a/b/c' is refused; write 'owner/name' as GitHub shows it",
    ],
    [
      { repositories: ['acme/film', 'Acme/Film'] },
      'projects.film.repositories[1]',
      "'Acme/Film' is also projects.film.repositories[0]; name a repository once, in one project",
    ],
    [
      { repositories: ['ACME/open'] },
      'projects.open.repositories[0]',
      "'acme/open' is also projects.film.repositories[0]; name a repository once, in one project",
    ],
    [
      { repositories: ['nobody/film'] },
      'projects.film.repositories[0]',
      "'nobody' has no installation; install the App there and add its id to github.installations",
    ],
    [
      { repositories: ['acme/film', 'solo/film'] },
      'projects.film.repositories',
      'a runner group serves one owner, these have 2; make a project for each owner, ' +
        'or write repositoryRunners: true',
    ],
    [
      { pools: ['gpu', 'mac', 'gup'] },
      'projects.film.pools[2]',
      "no pool is called 'gup'; did you mean 'gpu'?",
    ],
    [
      { pools: ['gpu', 'mac', 'constructor'] },
      'projects.film.pools[2]',
      "no pool is called 'constructor'; describe it in pools, or remove it here",
    ],
    [
      { forks: 'github-approved' },
      'projects.film.pools[1]',
      "pool 'mac' is trustedOnly, and the project serves forks; " +
        "remove the pool here, or write forks: 'never'",
    ],
    [{ runnerGroup: 'a b' }, 'projects.film.runnerGroup', `'a b' is refused; ${groupRule}`],
    [{ runnerGroup: 'Default' }, 'projects.film.runnerGroup', `'Default' is refused; ${groupRule}`],
    [
      { runnerGroup: 'film', repositoryRunners: true },
      'projects.film.runnerGroup',
      'cannot stand beside repositoryRunners: true; remove one of them',
    ],
    [
      { runnerGroup: 'open.1' },
      'projects.open.runnerGroup',
      "group 'acme/Open.1' is also projects.film.runnerGroup; give each project a group of its own",
    ],
  ])('with %j: %s %s', (changes, place, problem) => {
    expect(problemsOf(film(changes))).toEqual([`${place}: ${problem}`]);
  });

  it('under a name that a runner group cannot have', () => {
    const more = { projects: { ...projects, 'My Film': { ...projects.film, repositories: ['acme/more'] } } };
    expect(problemsOf(more)).toEqual([
      `projects.My Film: this name is refused; name each project with ${nameRule(32)}`,
    ]);
  });
});
