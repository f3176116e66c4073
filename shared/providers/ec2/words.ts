// Faults of EC2 in words, with the remedy before what EC2 says: texts are cut at their end.
import { quotaCode, quotaLink } from '../../contract/quotas.ts';
import type { Fault } from '../../scheduler/ports.ts';
import type { Asked } from './request.ts';

export interface FaultFacts {
  kind: Fault['kind'];
  code: string;
  /** False: no table has the code. */
  isKnown: boolean;
  /** EC2's own. */
  words: string;
  /** What it is about. */
  offerings: readonly Asked[];
  /** A quota of vCPUs is used up. */
  byQuota: boolean;
}

export function whyOf(facts: FaultFacts): string {
  const { kind, offerings, byQuota } = facts;
  const meaning =
    kind === 'quota' && byQuota
      ? quotasOf(offerings).map(quotaWords).join('. ')
      : meaningOf(facts, namesOf(offerings));
  return `${meaning}. ${sayingOf(facts)}`;
}

type Said = Pick<FaultFacts, 'kind' | 'code' | 'isKnown' | 'words'>;

/** What EC2 says itself. */
export const sayingOf = ({ code, words, isKnown }: Omit<Said, 'kind'>): string =>
  `EC2 says ${isKnown ? '' : 'by the unknown code '}${code}: ${words || 'nothing more'}`;

/** `what`: what was asked for, in the plural. */
export function meaningOf({ kind, code, isKnown }: Omit<Said, 'words'>, what: string): string {
  switch (kind) {
    case 'capacity':
      return isKnown
        ? `EC2 has no ${what} to give now`
        : `EC2 does not give ${what}, and it is not known why`;
    case 'quota':
      return remedies.get(code) ?? `a quota for ${what} is used up: raise it in Service Quotas, Amazon EC2`;
    case 'throttled':
      return `EC2 takes fewer calls than it was asked for ${what}`;
    case 'invalid':
      return code === 'Unsupported'
        ? `EC2 does not offer ${what}: leave types or zones out of the rung`
        : `EC2 does not take what it is asked for ${what}: check the rung, deploy with npx cdk deploy --all`;
  }
}

const remedies = new Map([
  [
    'AuthFailure.ServiceLinkedRoleCreationNotPermitted',
    'the account has no role for spot machines: run aws iam create-service-linked-role ' +
      '--aws-service-name spot.amazonaws.com',
  ],
  ['PendingVerification', 'AWS has not yet verified the account: wait, or ask AWS Support'],
]);

/** One of each quota. */
const quotasOf = (offerings: readonly Asked[]): Asked[] => [
  ...new Map(offerings.map((each) => [`${each.region} ${quotaCode(each)}`, each])).values(),
];

function quotaWords(offering: Asked): string {
  const code = quotaCode(offering);
  const { region, market } = offering;
  return (
    `the quota ${code} (vCPUs ${market}) is used up in ${region}, and new accounts have 0: raise it at ` +
    quotaLink(region, code)
  );
}

/** `g4dn.xlarge, g5.xlarge and 3 other types on spot in us-east-1`. */
function namesOf(offerings: readonly Asked[]): string {
  const [first] = offerings;
  if (!first) return 'machines';
  const types = [...new Set(offerings.map(({ type }) => type))];
  const others = types.length - 2;
  const more = others > 0 ? ` and ${others} other ${others === 1 ? 'type' : 'types'}` : '';
  return `${types.slice(0, 2).join(', ')}${more} ${onMarket[first.market]} in ${first.region}`;
}

const onMarket = { spot: 'on spot', 'on-demand': 'on demand' } as const;
