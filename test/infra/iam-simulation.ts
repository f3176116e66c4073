// Asks the simulator of IAM whether a role may do one thing, and what else a policy might say.
import { runSimulation, runUnsafeSimulation, type Simulation } from '@cloud-copilot/iam-simulate';
import type { Policy, ResourcePolicy, Role, Statement } from './iam-roles.ts';
import { account } from './iam-template.ts';

/** One action on one resource. */
export type Request = readonly [action: string, resource: string];

/** What a role must be able to do, and what it must not. */
export interface Expected {
  may: readonly Request[];
  mayNot: readonly Request[];
}

const overTls = { 'aws:SecureTransport': 'true' };
export const withoutTls = { 'aws:SecureTransport': 'false' };

/** Throws for an action that AWS does not have, and for a resource that it does not check for the action. */
export async function isAllowed(
  role: Role,
  resourcePolicies: readonly ResourcePolicy[],
  request: Request,
  context = overTls,
): Promise<boolean> {
  const answer = await runSimulation(simulationOf(role, resourcePolicies, request, context), {});
  if (answer.resultType !== 'error') return answer.overallResult === 'Allowed';
  const [action, resource] = request;
  throw new Error(`${action} on ${resource} cannot be simulated: ${JSON.stringify(answer.errors)}`);
}

/** The requests that are not answered as expected, as prose. */
export async function surprises(
  role: Role,
  resourcePolicies: readonly ResourcePolicy[],
  { may, mayNot }: Expected,
  context = overTls,
): Promise<string[]> {
  const found: string[] = [];
  for (const request of may) {
    if (!(await isAllowed(role, resourcePolicies, request, context))) found.push(`may not ${prose(request)}`);
  }
  for (const request of mayNot) {
    if (await isAllowed(role, resourcePolicies, request, context)) found.push(`may ${prose(request)}`);
  }
  return found;
}

const prose = ([action, resource]: Request): string => `${action} on ${resource}`;

/**
 * As `surprises`, but only whether there is none, and seven times as fast: it checks no request again, and
 * knows the role's policies only.
 */
export function isAsExpected(role: Role, { may, mayNot }: Expected): boolean {
  const allows = (request: Request) => runUnsafeSimulation(simulationOf(role, [], request), {}) === 'Allowed';
  return may.every(allows) && !mayNot.some(allows);
}

function simulationOf(
  { policies, boundary, context: ofRole }: Role,
  resourcePolicies: readonly ResourcePolicy[],
  [action, resource]: Request,
  context = overTls,
): Simulation {
  const named = (policy: Policy, index: number) => ({ name: `policy ${index}`, policy });
  return {
    request: {
      principal: `arn:aws:iam::${account}:role/simulated`,
      action,
      resource: { resource, accountId: resource.split(':')[4] || account },
      contextVariables: { ...ofRole, ...context },
    },
    identityPolicies: policies.map(named),
    ...(boundary && { permissionBoundaryPolicies: [named(boundary, 0)] }),
    resourcePolicy: resourcePolicies.find(({ Statement }) =>
      Statement.some((statement) => listOf(statement.Resource).includes(resource)),
    ),
    serviceControlPolicies: [],
    resourceControlPolicies: [],
  };
}

const listOf = (words: string | string[]): string[] => [words].flat();

/** The role with everything allowed to it, as if somebody had attached AdministratorAccess. */
export const asAdministrator = (role: Role): Role => ({
  ...role,
  policies: [
    { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
    ...role.policies,
  ],
});

/** Each way to take something away from a policy, and each way to write it too wide. */
export const changesOf = (policy: Policy): { what: string; policy: Policy }[] =>
  policy.Statement.flatMap((statement, index) =>
    changedStatements(statement).map(({ what, statements }) => ({
      what: `${statement.Sid ?? `statement ${index + 1}`} ${what}`,
      policy: { ...policy, Statement: policy.Statement.toSpliced(index, 1, ...statements) },
    })),
  );

interface Change {
  what: string;
  /** What stands where the statement stood. */
  statements: Statement[];
}

function changedStatements(statement: Statement): Change[] {
  const { Condition, ...unconditional } = statement;
  const [actions, resources] = [listOf(statement.Action), listOf(statement.Resource)];
  const change = (what: string, changed: Partial<Statement>) => ({
    what,
    statements: [{ ...statement, ...changed }],
  });
  return [
    { what: 'removed', statements: [] },
    ...(Condition ? [{ what: 'without its condition', statements: [unconditional] }] : []),
    ...(actions.length > 1
      ? actions.map((gone) => change(`without ${gone}`, { Action: actions.filter((each) => each !== gone) }))
      : []),
    ...(resources.length > 1
      ? resources.map((gone) =>
          change(`without ${gone}`, { Resource: resources.filter((each) => each !== gone) }),
        )
      : []),
    ...widerActions(actions).map((wide) => change(`doing ${wide}`, { Action: wide })),
    ...resources.flatMap(widerResources).map((wide) => change(`on ${wide}`, { Resource: wide })),
  ];
}

const widerActions = (actions: readonly string[]): string[] => [
  '*',
  ...new Set(actions.map((action) => action.replace(/:.*/, ':*'))),
];

/**
 * `…:table/callsheet-aswf-open` → `*`, `…:table/callsheet-aswf-*`, `…:table/callsheet-*`, `…:table/*`;
 * `…:log-stream:small/*` → `…:log-stream:*`, `…:log-stream:small*`
 */
function widerResources(resource: string): string[] {
  const wider = [
    '*',
    resource.replace(/(callsheet[-/]\w+[-/]).*/, '$1*'),
    resource.replace(/(callsheet[-/]).*/, '$1*'),
    resource.replace(/callsheet[-/].*/, '*'),
    resource.replace(/^(arn:aws:\w+):[^:]*:[^:]*:/, '$1:*:*:'),
    resource.replace(/(:log-stream:).*/, '$1*'),
    resource.replace(/\/\*$/, '*'),
  ];
  return [...new Set(wider)].filter((wide) => wide !== resource);
}
