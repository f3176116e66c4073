// Runner registrations in organizations and repositories.
import { describe, expect, it } from 'vitest';
import { Doubt } from '../../shared/scheduler/ports.ts';
import { type Scripted, tokenCall } from './scripted-github.ts';
import { type Studio, studio } from './studio.ts';

const group = 'group/aswf/callsheet-ocio';
const repository = 'repository/aswf/ocio';
const groupsCall = 'GET /orgs/aswf/actions/runner-groups';
const groupJit = 'POST /orgs/aswf/actions/runners/generate-jitconfig';
const repositoryJit = 'POST /repos/aswf/ocio/actions/runners/generate-jitconfig';

const ours = { id: 4, name: 'callsheet-ocio', visibility: 'selected', allows_public_repositories: true };
const groups = (...all: object[]): Scripted => ({ body: { total_count: all.length, runner_groups: all } });
const made: Scripted = {
  status: 201,
  body: {
    runner: {
      id: 23,
      name: 'n',
      os: 'unknown',
      status: 'offline',
      busy: false,
      labels: [],
      runner_group_id: 4,
    },
    encoded_jit_config: 'abcdefghijk==',
  },
};
const no = (status: number, message: string): Scripted => ({ status, body: { message } });

describe('a registration', () => {
  it('goes into the runner group of its scope, with the labels of its pool', async () => {
    const { server, runners } = await studio();
    server.on(groupsCall, groups({ id: 1, name: 'Default' }, ours));
    server.on(groupJit, made);
    expect(await runners.register(group, 'callsheet-x-b1-1-1', ['gpu'])).toEqual({
      kind: 'made',
      jitConfig: 'abcdefghijk==',
      runnerId: '23',
    });
    expect(server.to(groupJit)[0]?.body).toEqual({
      name: 'callsheet-x-b1-1-1',
      labels: ['gpu'],
      runner_group_id: 4,
    });
  });

  it('goes into the default group of a repository, under the right to administer only that', async () => {
    const { server, runners } = await studio();
    server.on(repositoryJit, made);
    expect(await runners.register(`${repository}+linux`, 'n', ['gpu', 'linux'])).toMatchObject({
      kind: 'made',
    });
    expect(server.to(repositoryJit)[0]?.body).toEqual({
      name: 'n',
      labels: ['gpu', 'linux'],
      runner_group_id: 1,
    });
    expect(server.to(tokenCall)[0]?.body).toEqual({
      repositories: ['ocio'],
      permissions: { administration: 'write' },
    });
  });

  it.each<[string, Scripted, string]>([
    ['where nothing is found', no(404, 'Not Found'), 'GitHub answered 404'],
    ['where the App may not', no(403, 'Resource not accessible by integration'), 'Resource not accessible'],
    [
      'when its data is bad',
      {
        status: 422,
        body: { message: 'Validation Failed', errors: ['label too long', { message: 'x'.repeat(300) }] },
      },
      'Validation Failed: label too long',
    ],
  ])('is refused %s', async (_, answer, words) => {
    const { server, runners } = await studio();
    server.on(repositoryJit, answer);
    const outcome = await runners.register(repository, 'n', ['gpu']);
    expect(outcome).toMatchObject({ kind: 'refused', why: expect.stringContaining(words) });
    expect(JSON.stringify(outcome).length).toBeLessThan(350);
  });

  it('is refused where the App is uninstalled, suspended, or not configured', async () => {
    const { server, runners } = await studio();
    for (const answer of [no(404, 'Not Found'), no(403, 'This installation has been suspended')]) {
      server.on(tokenCall, answer);
      expect(await runners.register(repository, 'n', ['gpu'])).toMatchObject({ kind: 'refused' });
    }
    const stranger = await runners.register('repository/stranger/code', 'n', ['gpu']);
    expect(stranger).toMatchObject({ kind: 'refused', why: expect.stringContaining("'stranger'") });
  });

  it('is refused without its group, in words that name the group and the remedy', async () => {
    const { server, runners } = await studio();
    server.on(groupsCall, groups({ id: 1, name: 'Default' }));
    expect(await runners.register(group, 'n', ['gpu'])).toEqual({
      kind: 'refused',
      why: "organization 'aswf' has no runner group 'callsheet-ocio': create it and admit the repositories",
    });
    expect(server.to(groupJit)).toHaveLength(0);
  });

  it.each<[string, Scripted]>([
    ['whose name exists', no(409, 'Already exists')],
    ['whose answer is lost', { fate: 'cut' }],
    ['that GitHub fails to make', { status: 502 }],
    ['whose answer has no configuration', { status: 201, body: { runner: { id: 23 } } }],
  ])('%s is a doubt', async (_, answer) => {
    const { server, runners } = await studio();
    server.on(repositoryJit, answer);
    await expect(runners.register(repository, 'n', ['gpu'])).rejects.toThrow(Doubt);
  });
});

describe('a token that GitHub does not give', () => {
  it.each([400, 401, 500])('with status %i is no refusal of the scope', async (status) => {
    const { server, runners } = await studio();
    server.on(tokenCall, { status, body: { message: 'no' } });
    await expect(runners.register(repository, 'n', ['gpu'])).rejects.toThrow(Doubt);
    await expect(runners.refusal(repository)).rejects.toThrow(Doubt);
  });
});

describe('a runner group', () => {
  const register = ({ runners }: Studio) => runners.register(group, 'n', ['gpu']);

  it('is looked up once in ten minutes', async () => {
    const world = await studio();
    world.server.on(groupsCall, groups(ours));
    world.server.on(groupJit, made);
    await Promise.all([register(world), register(world)]);
    expect(world.server.to(groupsCall)).toHaveLength(1);
    world.clock.now += 600_000;
    await register(world);
    expect(world.server.to(groupsCall)).toHaveLength(2);
  });

  it('that is missing or not told is looked up again', async () => {
    const world = await studio();
    world.server.on(groupsCall, groups());
    expect(await register(world)).toMatchObject({ kind: 'refused' });
    world.server.on(groupsCall, { status: 502 });
    await expect(register(world)).rejects.toThrow(Doubt);
    world.server.on(groupsCall, groups(ours));
    world.server.on(groupJit, made);
    expect(await register(world)).toMatchObject({ kind: 'made' });
  });

  it('that was deleted and made anew is found under its new id', async () => {
    const world = await studio();
    world.server.on(groupsCall, groups(ours));
    world.server.on(groupJit, no(404, 'Not Found'));
    expect(await register(world)).toMatchObject({ kind: 'refused' });
    world.server.on(groupsCall, groups({ ...ours, id: 5 }));
    world.server.on(groupJit, made);
    expect(await register(world)).toMatchObject({ kind: 'made' });
    expect(world.server.to(groupJit)[1]?.body).toMatchObject({ runner_group_id: 5 });
  });

  it('is found on a later page', async () => {
    const world = await studio();
    const others = Array.from({ length: 100 }, (_, index) => ({ id: index + 10, name: `g${index}` }));
    world.server.on(groupsCall, ({ query }) => (query.page === '1' ? groups(...others) : groups(ours)));
    world.server.on(groupJit, made);
    expect(await register(world)).toMatchObject({ kind: 'made' });
  });
});

describe('removing', () => {
  it.each<[number, string]>([
    [204, 'deleted'],
    [404, 'absent'],
    [422, 'busy'],
  ])('by id, answered %i: %s', async (status, outcome) => {
    const { server, runners } = await studio();
    server.on('DELETE /orgs/aswf/actions/runners/1152921504606846977', { status });
    expect(await runners.remove(group, { name: 'n', id: '1152921504606846977' })).toBe(outcome);
  });

  it('by name finds the id first', async () => {
    const { server, runners } = await studio();
    const listing = (...names: string[]) =>
      names.map((name, index) => ({ id: index + 1, name, os: 'linux', status: 'online', busy: false }));
    server.on('GET /repos/aswf/ocio/actions/runners', ({ query }) => ({
      body: { total_count: 2, runners: query.name === 'mine' ? listing('mine-too', 'mine') : [] },
    }));
    server.on('DELETE /repos/aswf/ocio/actions/runners/2', { status: 204 });
    expect(await runners.remove(repository, { name: 'mine' })).toBe('deleted');
    expect(await runners.remove(repository, { name: 'nobody' })).toBe('absent');
  });

  it.each([403, 500])('answered %i proves nothing', async (status) => {
    const { server, runners } = await studio();
    server.on('DELETE /orgs/aswf/actions/runners/5', { status });
    await expect(runners.remove(group, { name: 'n', id: '5' })).rejects.toThrow(Doubt);
    server.on('GET /orgs/aswf/actions/runners', { status });
    await expect(runners.remove(group, { name: 'n' })).rejects.toThrow(Doubt);
  });
});

describe('the list of registrations', () => {
  const call = 'GET /orgs/aswf/actions/runners';
  const all = Array.from({ length: 230 }, (_, index) => ({
    id: index + 1,
    name: `${index % 2 ? 'callsheet-x-' : 'other-'}${index}`,
    os: 'linux',
    status: index < 200 ? 'offline' : 'online',
    busy: index === 203,
    labels: [],
  }));

  it('has all pages, and only what begins with the prefix', async () => {
    const { server, runners } = await studio();
    server.on(call, ({ query }) => {
      const start = (Number(query.page) - 1) * 100;
      return { body: { total_count: 230, runners: all.slice(start, start + 100) } };
    });
    const listed = await runners.list(group, 'callsheet-x-');
    expect(listed).toHaveLength(115);
    expect(listed.find(({ busy }) => busy)).toEqual({
      id: '204',
      name: 'callsheet-x-203',
      busy: true,
      online: true,
    });
    expect(listed[0]).toMatchObject({ online: false });
    expect(server.to(tokenCall)[0]?.body).toEqual({
      permissions: { organization_self_hosted_runners: 'read' },
    });
  });

  it('is read in part where that is asked for: the first page, and others at each turn', async () => {
    const { server, runners } = await studio();
    const pages: string[] = [];
    server.on(call, ({ query }) => {
      pages.push(query.page ?? '');
      const start = (Number(query.page) - 1) * 100;
      return { body: { total_count: 630, runners: all.slice(0, Math.max(0, Math.min(100, 630 - start))) } };
    });
    for (let turn = 0; turn < 3; turn += 1) await runners.list(group, 'callsheet-x-', { pages: 3, turn });
    expect(pages.join(' ')).toBe('1 2 3 1 4 5 1 6 7');
    pages.length = 0;
    await runners.list(group, 'callsheet-x-', { pages: 10, turn: 7 });
    expect(pages.sort().join(' ')).toBe('1 2 3 4 5 6 7');
  });

  it('is never half a list', async () => {
    const { server, runners } = await studio();
    server.on(call, ({ query }) =>
      query.page === '1' ? { body: { total_count: 230, runners: all.slice(0, 100) } } : { status: 502 },
    );
    await expect(runners.list(group, 'callsheet-x-')).rejects.toThrow(Doubt);
  });

  it.each([['1'], ['3']])('is a doubt when page %s shows less than its own count says', async (short) => {
    const { server, runners } = await studio();
    server.on(call, ({ query }) => {
      const start = (Number(query.page) - 1) * 100;
      const shown = all.slice(start, start + 100);
      return { body: { total_count: 230, runners: query.page === short ? shown.slice(1) : shown } };
    });
    await expect(runners.list(group, 'callsheet-x-')).rejects.toThrow(Doubt);
  });
});

describe('whether GitHub would refuse a registration', () => {
  it('is asked anew each time, with the right to register', async () => {
    const { server, runners } = await studio();
    server.on(groupsCall, groups());
    expect(await runners.refusal(group)).toContain("no runner group 'callsheet-ocio'");
    server.on(groupsCall, groups(ours));
    expect(await runners.refusal(group)).toBeUndefined();
    server.on(groupsCall, no(403, 'Resource not accessible by integration'));
    expect(await runners.refusal(group)).toContain('Resource not accessible');
    expect(server.to(tokenCall)[0]?.body).toEqual({
      permissions: { organization_self_hosted_runners: 'write' },
    });
  });

  it('is asked of a repository by a list of one', async () => {
    const { server, runners } = await studio();
    expect(await runners.refusal(repository)).toContain('GitHub answered 404');
    server.on('GET /repos/aswf/ocio/actions/runners', { body: { total_count: 0, runners: [] } });
    expect(await runners.refusal(repository)).toBeUndefined();
    expect(server.requests.at(-1)?.query).toEqual({ per_page: '1' });
    expect(server.to(tokenCall)[0]?.body).toMatchObject({ permissions: { administration: 'write' } });
  });

  it('is a doubt when GitHub fails', async () => {
    const { server, runners } = await studio();
    server.on(groupsCall, { status: 502 });
    await expect(runners.refusal(group)).rejects.toThrow(Doubt);
  });
});
