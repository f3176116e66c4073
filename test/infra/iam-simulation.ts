// Asks the simulator of IAM whether a role may do one thing, and what else a policy might say.
import { runSimulation, runUnsafeSimulation, type Simulation } from '@cloud-copilot/iam-simulate';
import type { Context } from './iam-contexts.ts';
import type { Policy, ResourcePolicy, Role, Statement } from './iam-roles.ts';
import { account, amazon, region } from './iam-template.ts';

/** One action on one resource; and what else the conditions of policies may ask, as tags. */
export type Request = readonly [action: string, resource: string, context?: Context];

/** What a role must be able to do, and what it must not. */
export interface Expected {
  may: readonly Request[];
  mayNot: readonly Request[];
}

const overTls = { 'aws:SecureTransport': 'true' };
export const withoutTls = { 'aws:SecureTransport': 'false' };

/** What AWS's reference of actions does not have: cards of fleets, and the host of a machine. */
const unlisted: Readonly<Record<string, string>> = {
  'ec2:CreateFleet': ':network-interface/',
  'ec2:RunInstances': ':dedicated-host/',
};
const isUnlisted = ([action, resource]: Request): boolean => resource.includes(unlisted[action] ?? '\n');

/** Throws for an action that AWS does not have, and for a resource that it does not check for the action. */
export async function isAllowed(
  role: Role,
  resourcePolicies: readonly ResourcePolicy[],
  request: Request,
  context = overTls,
): Promise<boolean> {
  if (isUnlisted(request)) return isSurelyAllowed(role, request);
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

/** A request in words. */
export const prose = ([action, resource, context]: Request): string =>
  `${action} on ${resource}${context ? ` with ${JSON.stringify(context)}` : ''}`;

/** As `isAllowed`, and seven times as fast: it checks no request again, and knows no resource's policies. */
export const isSurelyAllowed = (role: Role, request: Request): boolean =>
  runUnsafeSimulation(simulationOf(role, [], request), {}) === 'Allowed';

function simulationOf(
  { policies, boundary, context: ofRole }: Role,
  resourcePolicies: readonly ResourcePolicy[],
  [action, resource, ofRequest]: Request,
  context = overTls,
): Simulation {
  const [, , service = '', requestedRegion, owner] = resource.split(':');
  const isShared = owner === amazon || service === 'ec2' || service === 'iam';
  const named = (policy: Policy, index: number) => ({ name: `policy ${index}`, policy });
  return {
    request: {
      principal: `arn:aws:iam::${account}:role/simulated`,
      action,
      // Of things that another account shares the rights of the caller alone decide.
      resource: { resource, accountId: isShared ? account : owner || account },
      contextVariables: {
        ...ofRole,
        ...context,
        'aws:RequestedRegion': requestedRegion || region,
        ...ofRequest,
      },
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

/** A changed statement. */
interface Change {
  what: string;
  /** What stands where the statement stood. */
  statements: Statement[];
}

/** Each way to take something away from a statement, and each way to write it too wide. */
export function changesOf(statement: Statement): Change[] {
  const { Condition, ...unconditional } = statement;
  const [actions, resources] = [listOf(statement.Action), listOf(statement.Resource)];
  const change = (what: string, changed: Partial<Statement>) => ({
    what,
    statements: [{ ...statement, ...changed }],
  });
  return [
    { what: 'removed', statements: [] },
    ...(Condition ? [{ what: 'without its condition', statements: [unconditional] }] : []),
    ...weakerConditions(Condition).map(({ what, weaker }) => change(what, { Condition: weaker })),
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

type Condition = NonNullable<Statement['Condition']>;

/** Each without one of the keys that it asks, or without one of several values that it takes. */
const weakerConditions = (condition: Condition = {}): { what: string; weaker: Condition }[] =>
  Object.entries(condition).flatMap(([operator, asked]) =>
    Object.entries(asked).flatMap(([key, wanted]) => {
      const { [key]: _, ...others } = asked;
      const values = listOf(wanted);
      return [
        { what: `not asking ${key}`, weaker: { ...condition, [operator]: others } },
        ...(values.length > 1 ? values : []).map((gone) => ({
          what: `not taking ${gone} as ${key}`,
          weaker: {
            ...condition,
            [operator]: { ...asked, [key]: values.filter((value) => value !== gone) },
          },
        })),
      ];
    }),
  );

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
    resource.replace(/^(arn:aws:\w+):[^:]*:[^:]+:/, '$1:*:*:'),
    resource.replace(/(:log-stream:).*/, '$1*'),
    resource.replace(/(:log-stream:.*)\/\*$/, '$1*'),
  ];
  return [...new Set(wider)].filter((wide) => wide !== resource);
}
