// Simulates requests on the synthesized policies: each role may do its work at home, and nothing else.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  buildRoles,
  elsewhere,
  nobodyMay,
  pollerCalls,
  queueCalls,
  roleNames,
  rowsOf,
} from './iam-requests.ts';
import { type Policy, type Role, rightsOf, type Statement } from './iam-roles.ts';
import {
  asAdministrator,
  changesOf,
  type Expected,
  isAllowed,
  isSurelyAllowed,
  prose,
  type Request,
  surprises,
  withoutTls,
} from './iam-simulation.ts';
import { account, installation } from './iam-template.ts';
import { neighboursConfig, root, synthesize } from './stage.ts';

const { controlPlane, codeBuild, regions } = synthesize(
  neighboursConfig({ installation, alarmEmail: 'crew@example.org' }),
);
const { roles, resourcePolicies } = rightsOf([controlPlane, codeBuild, ...Object.values(regions)]);

function roleOf(name: string): Role {
  const role = roles.get(name);
  if (!role) throw new Error(`the templates have no role that ${name} takes`);
  return role;
}

const titled = (requests: readonly Request[]) =>
  requests.map((request) => ({ request, title: prose(request) }));

/** All rows of a role: its own, those of everybody, and its own at the neighbours. */
function expectedOf(name: string): Expected {
  const { may, mayNot } = rowsOf(name);
  return { may, mayNot: [...mayNot, ...elsewhere(may), ...nobodyMay] };
}

it('has a role for each function, the schedule, each project, the forwarding of events, and shells', () => {
  expect([...roles.keys()].sort()).toEqual([...roleNames, 'shells'].sort());
});

describe.each(roleNames)('%s', { timeout: 30_000 }, (name) => {
  const { may, mayNot } = rowsOf(name);
  const role = roleOf(name);

  it.each(titled(may))('may $title', async ({ request }) => {
    expect(await isAllowed(role, resourcePolicies, request)).toBe(true);
  });

  it.each(titled(mayNot))('may not $title', async ({ request }) => {
    expect(await isAllowed(role, resourcePolicies, request)).toBe(false);
  });

  it('may do its work in no other installation, account or region', async () => {
    expect(await surprises(role, resourcePolicies, { may: [], mayNot: elsewhere(may) })).toEqual([]);
  });

  it('may do nothing that nobody may', async () => {
    expect(await surprises(role, resourcePolicies, { may: [], mayNot: nobodyMay })).toEqual([]);
  });
});

describe('the functions together', () => {
  /** Operations of AWS that the code in a folder names. */
  const namedIn = (folder: string, pattern: RegExp): string[] => {
    const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
    const text = files
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(join(root, folder, file)));
    return [...text.join('').matchAll(pattern)].flatMap(([, operation]) => operation ?? []);
  };
  const mayAll = (service: string): string[] =>
    roleNames
      .flatMap((name) => rowsOf(name).may)
      .flatMap(([action]) => (action.startsWith(service) ? action : []));

  it.each([
    ['dynamodb', 'shared/store', /\bcall\('(\w+)'/g, []],
    // EC2 reads the parameters of images, by the right of the launch.
    ['ssm', 'shared/runtime', /'AmazonSSM\.(\w+)'/g, ['ssm:GetParameters']],
    // To create a fleet takes the rights to run its machines and to tag them.
    ['ec2', 'shared/providers/ec2', /new (\w+)Command\(/g, ['ec2:RunInstances', 'ec2:CreateTags']],
    ['codebuild', 'shared/providers/codebuild', /new (\w+)Command\(/g, []],
    // The others are for Lambda's poller.
    ['sqs', 'shared/runtime', /'AmazonSQS\.(\w+)'/g, pollerCalls],
  ] as const)('may make exactly the calls of %s that %s makes', (service, folder, pattern, others) => {
    const made = namedIn(folder, pattern).map((operation) => `${service}:${operation}`);
    expect(made).not.toEqual([]);
    expect(new Set(mayAll(service))).toEqual(new Set([...made, ...others]));
  });
});

describe.each(buildRoles)('the role of %s', { timeout: 30_000 }, (name) => {
  const role = roleOf(name);

  it('may do no more when somebody attaches AdministratorAccess to it', async () => {
    expect(await surprises(asAdministrator(role), resourcePolicies, expectedOf(name))).toEqual([]);
  });

  it('may do no more when its boundary is gone', async () => {
    const unbound = { ...role, boundary: undefined };
    expect(await surprises(unbound, resourcePolicies, expectedOf(name))).toEqual([]);
  });

  it('may do nothing at all without its tag', async () => {
    const rows = { may: [], mayNot: expectedOf(name).may };
    const untagged = { ...asAdministrator(role), context: {} };
    expect(await surprises(untagged, resourcePolicies, rows)).toEqual([]);
  });
});

describe('who may take a role', () => {
  const services: Record<string, string> = {
    clock: 'scheduler',
    forwarder: 'events',
    ...Object.fromEntries(buildRoles.map((name) => [name, 'codebuild'])),
  };

  it.each(roleNames)('%s: one service of AWS', (name) => {
    const takers = roleOf(name).trust.Statement.map(({ Principal }) => Principal.Service);
    expect(takers).toEqual([`${services[name] ?? 'lambda'}.amazonaws.com`]);
  });

  it.each(Object.keys(services))('%s: only for this account', (name) => {
    const conditions = roleOf(name).trust.Statement.map(({ Condition }) => Condition?.StringEquals);
    expect(conditions).toEqual([{ 'aws:SourceAccount': account }]);
  });
});

describe('the rows notice', () => {
  /**
   * Changes of statements that leave every row answered as expected. What policies without a `Deny` allow is
   * what any of their statements allows, so each is asked by itself.
   */
  function unnoticed(name: string, policies: Policy[], roleWith: (changed: Policy[]) => Role): string[] {
    const { may, mayNot } = expectedOf(name);
    const rows = [
      ...may.map((request) => ({ request, wanted: true })),
      ...mayNot.map((request) => ({ request, wanted: false })),
    ];
    const statements = policies.flatMap(({ Statement }) => Statement);
    expect(statements.map(({ Effect }) => Effect)).not.toContain('Deny');
    const allows = (statement: Statement, request: Request) =>
      isSurelyAllowed(roleWith([{ Version: '2012-10-17', Statement: [statement] }]), request);
    const allowed = rows.map(({ request }) => statements.map((statement) => allows(statement, request)));
    expect(allowed.map((each) => each.includes(true))).toEqual(rows.map(({ wanted }) => wanted));
    return statements.flatMap((statement, index) => {
      const byOthers = allowed.map((each) => each.toSpliced(index, 1).includes(true));
      const leavesAll = (changed: readonly Statement[]) =>
        rows.every(
          ({ request, wanted }, row) =>
            (byOthers[row] || changed.some((each) => allows(each, request))) === wanted,
        );
      return changesOf(statement)
        .filter((change) => leavesAll(change.statements))
        .map(({ what }) => `${statement.Sid ?? `statement ${index + 1}`} ${what}`);
    });
  }

  it.each(roleNames)('a word too many or too few in the policies of %s', { timeout: 30_000 }, (name) => {
    const unbound = { ...roleOf(name), boundary: undefined };
    const roleWith = (policies: Policy[]) => ({ ...unbound, policies });
    expect(unnoticed(name, unbound.policies, roleWith)).toEqual([]);
  });

  it.each(buildRoles)('a word too many or too few in the boundary of %s', (name) => {
    const role = asAdministrator(roleOf(name));
    const boundaries = role.boundary ? [role.boundary] : [];
    expect(boundaries).toHaveLength(1);
    const roleWith = ([boundary]: Policy[]) => ({ ...role, boundary });
    expect(unnoticed(name, boundaries, roleWith)).toEqual([]);
  });
});

describe('the queue without TLS', () => {
  const rows = { may: [], mayNot: queueCalls };

  it.each(roleNames)('is closed to %s', async (name) => {
    expect(await surprises(roleOf(name), resourcePolicies, rows, withoutTls)).toEqual([]);
  });

  it('is closed by its own policy', async () => {
    expect(await surprises(roleOf('webhook'), [], rows, withoutTls)).toHaveLength(1);
    expect(await surprises(roleOf('dispatcher'), [], rows, withoutTls)).toHaveLength(4);
  });
});
