// Is the App what it must be, and installed where it must be?
import { jobsOf } from '../../../shared/github/jobs.ts';
import { type InstallationFacts, readApp, readInstallations } from '../../../shared/github/read-app.ts';
import { readRepository } from '../../../shared/github/read-repository.ts';
import { folded } from '../../../shared/policy/labels.ts';
import type { Config } from '../../../shared/policy/schema.ts';
import { type Check, type Finding, fail, isolated, ok, warn } from './finding.ts';
import { beyond, lacking, neededEvent, neededPermissions } from './permissions.ts';

export const app: Check = {
  name: 'app',
  async run({ config, gitHub }) {
    const { slug, permissions, events } = await readApp(await gitHub());
    const needed = neededPermissions(config);
    const lacks = lacking(needed, permissions);
    const more = beyond(needed, permissions);
    const page = `App '${slug}', Permissions & events`;
    return [
      lacks.length > 0
        ? fail(
            'app permissions',
            `lacks ${lacks.join(', ')}`,
            `${page}: grant them, then accept at each owner`,
          )
        : more.length > 0
          ? warn('app permissions', `has more than it needs: ${more.join(', ')}`, `${page}: remove them`)
          : ok('app permissions', said(needed)),
      events.includes(neededEvent)
        ? ok('app events', neededEvent)
        : fail('app events', `does not get ${neededEvent}`, `${page}: subscribe to 'Workflow job'`),
    ];
  },
};

const said = (permissions: Record<string, string>): string =>
  Object.entries(permissions)
    .map(([name, level]) => `${name}: ${level}`)
    .join(', ');

export const installations: Check = {
  name: 'installations',
  async run({ config, gitHub }) {
    const found = await readInstallations(await gitHub());
    return Object.entries(config.github.installations).map(([owner, id]) =>
      installation(config, { owner, id }, found),
    );
  },
};

function installation(
  config: Config,
  { owner, id }: { owner: string; id: string },
  found: InstallationFacts[],
): Finding {
  const check = `installation ${owner}`;
  const place = `github.installations.${owner}`;
  const one = found.find((each) => each.id === id);
  if (!one) {
    const right = found.find(({ account }) => account !== undefined && folded(account) === folded(owner));
    const remedy = right ? `write '${right.id}' there` : 'install the App there, and write its id there';
    return fail(check, `the App has no installation ${id} (${place})`, remedy);
  }
  if (!one.account || folded(one.account) !== folded(owner)) {
    return fail(check, `installation ${id} is in '${one.account}'`, `correct ${place}`);
  }
  if (one.suspended) return fail(check, 'is suspended', `an owner of ${owner} must unsuspend it`);
  const lacks = lacking(neededPermissions(config, owner), one.permissions);
  if (lacks.length > 0 || !one.events.includes(neededEvent)) {
    const what = lacks.length > 0 ? lacks.join(', ') : `event ${neededEvent}`;
    return fail(
      check,
      `has not accepted ${what}`,
      `an owner of ${owner} must accept the App's new permissions`,
    );
  }
  return ok(check, `${id}, permissions accepted`);
}

/** Can the App see each repository, under the name that the configuration has? */
export const repositories: Check = {
  name: 'repositories',
  async run({ config, gitHub }) {
    const client = await gitHub();
    const names = Object.values(config.projects).flatMap((project) => project.repositories);
    const findings = await Promise.all(
      names.map((name) =>
        isolated(`repository ${name}`, async () => {
          const { fullName } = await readRepository(client, name);
          const check = `repository ${name}`;
          return [
            folded(fullName) === folded(name)
              ? ok(check, 'the App can see it')
              : fail(check, `is now called ${fullName}`, 'change its name in the configuration'),
          ];
        }),
      ),
    );
    return findings.flat();
  },
};

/** Repositories whose forks are served only while GitHub asks for approval of all of them. */
export const forkApproval: Check = {
  name: 'fork approval',
  async run({ config, gitHub }) {
    const names = Object.values(config.projects)
      .filter(({ forks }) => forks === 'github-approved')
      .flatMap((project) => project.repositories);
    if (names.length === 0) return [ok('fork approval', 'no project serves forks')];
    const { requiresApprovalForAll } = jobsOf(await gitHub());
    const findings = await Promise.all(
      names.map((name) => {
        const check = `fork approval ${name}`;
        return isolated(check, async () => [
          (await requiresApprovalForAll(name))
            ? ok(check, 'required for all external contributors')
            : fail(check, 'not required for all, so that jobs of forks are refused', forkRemedy),
        ]);
      }),
    );
    return findings.flat();
  },
};

const forkRemedy =
  "the repository's Settings, Actions, General: 'Require approval for all external contributors'";
