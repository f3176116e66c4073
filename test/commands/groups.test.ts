// `npm run groups`, as an admin sees it, and what it changes at GitHub.
import { describe, expect, it } from 'vitest';
import { type Desk, desk, row } from './desk.ts';
import { type GroupState, type Organization, organization } from './organization.ts';

async function stage(...groups: GroupState[]): Promise<Desk & { own: Organization }> {
  const at = await desk();
  const own = organization(at.github);
  own.groups = groups;
  return { ...at, own };
}

const ocio: GroupState = {
  id: 1,
  name: 'callsheet-ocio',
  visibility: 'selected',
  allowsPublic: true,
  repositories: ['aswf/OpenColorIO'],
};
const osl: GroupState = {
  id: 2,
  name: 'osl',
  visibility: 'selected',
  allowsPublic: true,
  repositories: ['aswf/osl', 'aswf/osl-tests'],
};

describe('groups', () => {
  it('shows that all is as it should be', async () => {
    const { run, keyFile, own } = await stage(ocio, osl);
    const shown = await run('groups', '--app-key', keyFile);
    expect(shown).toMatchObject({ code: 0, err: '' });
    expect(row(shown, 'osl')).toEqual(['osl', 'aswf', 'osl', 'yes', 'selected', 'yes', '2 of 2']);
    expect(shown.out).toContain('ocio: as it should be');
    expect(own.changes).toEqual([]);
  });

  it('changes nothing without --apply, and tells what would be', async () => {
    const { run, keyFile, own } = await stage({ ...ocio, visibility: 'all', allowsPublic: false });
    const shown = await run('groups', '--app-key', keyFile);
    expect(shown.code).toBe(1);
    expect(row(shown, 'ocio').slice(3)).toEqual(['yes', 'all', 'no', '0 of 1']);
    expect(row(shown, 'osl').slice(3)).toEqual(['no', '-', '-', '-']);
    expect(shown.out).toContain("ocio: show it to selected repositories only, instead of 'all'");
    expect(shown.out).toContain('ocio: allow public repositories');
    expect(shown.out).toContain('osl: create the group');
    expect(shown.out).toContain('To set this: npm run groups -- --apply');
    expect(own.changes).toEqual([]);
  });

  it('makes what is missing, and does nothing the second time', async () => {
    const { run, keyFile, own } = await stage();
    const shown = await run('groups', '--apply', '--app-key', keyFile);
    expect(shown).toMatchObject({ code: 0, err: '' });
    expect(own.changes).toHaveLength(2);
    expect(own.changes[1]).toBe(
      'POST {"name":"osl","visibility":"selected","allows_public_repositories":true,' +
        '"selected_repository_ids":[102,103]}',
    );
    expect(await run('groups', '--apply', '--app-key', keyFile)).toMatchObject({ code: 0 });
    expect(own.changes).toHaveLength(2);
  });

  it('narrows a group before it lets public repositories in', async () => {
    const wide = { ...ocio, visibility: 'all', allowsPublic: false, repositories: [] };
    const { run, keyFile, own } = await stage(wide, osl);
    expect(await run('groups', '--apply', '--app-key', keyFile)).toMatchObject({ code: 0 });
    const named = '"name":"callsheet-ocio","visibility":"selected"';
    expect(own.changes).toEqual([
      `PATCH callsheet-ocio {${named},"allows_public_repositories":false}`,
      'PUT callsheet-ocio {"selected_repository_ids":[101]}',
      `PATCH callsheet-ocio {${named},"allows_public_repositories":true}`,
    ]);
    expect(await run('groups', '--app-key', keyFile)).toMatchObject({ code: 0 });
  });

  it('takes the access of repositories that are not in the project, and says so', async () => {
    const { run, keyFile, own } = await stage(ocio, { ...osl, repositories: ['aswf/OSL', 'aswf/other'] });
    const shown = await run('groups', '--apply', '--app-key', keyFile);
    expect(shown.code).toBe(0);
    expect(row(shown, 'osl').at(-1)).toBe("1 of 2, and 1 not the project's");
    expect(shown.out).toContain('osl: add aswf/osl-tests');
    expect(shown.out).toContain('osl: remove aswf/other: it is not in the project');
    expect(own.changes).toEqual(['PUT osl {"selected_repository_ids":[102,103]}']);
  });

  it('leaves a restriction to workflows as it is, and tells it', async () => {
    const restricted = { ...osl, allowsPublic: false, restricted: true };
    const { run, keyFile, own } = await stage(ocio, restricted);
    const shown = await run('groups', '--apply', '--app-key', keyFile);
    expect(shown.code).toBe(0);
    expect(shown.out).toContain(
      'osl: note: only these workflows may use it: aswf/OSL/.github/workflows/gpu.yml@main',
    );
    expect(own.groups[1]).toMatchObject({ allowsPublic: true, restricted: true });
  });

  it("does not touch an enterprise's group", async () => {
    const { run, keyFile, own } = await stage({ ...ocio, visibility: 'all', inherited: true }, osl);
    const shown = await run('groups', '--apply', '--app-key', keyFile);
    expect(shown.code).toBe(1);
    expect(shown.err).toContain("ocio: not set: group 'callsheet-ocio' is the enterprise's");
    expect(own.changes).toEqual([]);
  });
});

describe('what goes wrong with one group leaves the others alone', () => {
  it('a repository with another name', async () => {
    const { run, keyFile, own, github } = await stage();
    github.on('GET /repos/aswf/OpenColorIO', { body: { id: 101, full_name: 'aswf/ocio' } });
    const shown = await run('groups', '--apply', '--app-key', keyFile);
    expect(shown.code).toBe(1);
    expect(shown.err).toBe(
      'ocio: not set: aswf/OpenColorIO is now called aswf/ocio: change its name in the configuration\n',
    );
    expect(shown.out).toContain('osl: set');
    expect(own.groups.map(({ name }) => name)).toEqual(['osl']);
  });

  it('a refusal of GitHub', async () => {
    const { run, keyFile, github } = await stage();
    github.on('POST /orgs/aswf/actions/runner-groups', { status: 403, body: { message: 'Not yours' } });
    const shown = await run('groups', '--apply', '--app-key', keyFile);
    expect(shown.code).toBe(1);
    expect(shown.err.match(/Not yours/g)).toHaveLength(2);
  });

  it('an App that is not installed', async () => {
    const { run, keyFile, github } = await stage();
    github.on('POST /app/installations/11/access_tokens', { status: 404, body: { message: 'Not Found' } });
    const shown = await run('groups', '--app-key', keyFile);
    expect(shown.code).toBe(1);
    expect(row(shown, 'ocio').at(-1)).toBe('?');
    expect(shown.out).toContain('ocio: the App lacks organization_self_hosted_runners: read in aswf');
  });
});

describe("the App's key", () => {
  it('comes from SSM when no file is named', async () => {
    const { run, keyFile } = await stage(ocio, osl);
    const none = await run('groups');
    expect(none).toMatchObject({ code: 1, out: '' });
    expect(none.err).toBe(
      'callsheet: no private key of the App: npm run secrets -- --app-key <file> puts it in ' +
        '/callsheet/test/app-key\n',
    );
    await run('secrets', '--app-key', keyFile);
    expect(await run('groups')).toMatchObject({ code: 0 });
  });

  it('can be named by the environment', async () => {
    const at = await desk({ environment: { CALLSHEET_APP_KEY_FILE: '/nowhere/app.pem' } });
    organization(at.github);
    const shown = await at.run('groups');
    expect(shown).toMatchObject({ code: 1, out: '' });
    expect(shown.err).toContain("cannot read the App's key: ENOENT");
  });
});
