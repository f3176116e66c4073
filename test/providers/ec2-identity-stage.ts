// An EC2 that knows one machine, for proofs: it is asked for instances, and for nothing else.
import type { Instance } from '@aws-sdk/client-ec2';
import { machineTags } from '../../shared/contract/machine.ts';
import type { Ec2Calls, Filters } from '../../shared/providers/ec2/calls.ts';
import { type Ec2ProofSettings, ec2Proofs } from '../../shared/providers/ec2/identity/proofs.ts';
import type { Proofs } from '../../shared/scheduler/ports.ts';
import { document, type Signer } from './ec2-identity-messages.ts';

const { accountId: account, instanceId, region, pendingTime } = document;

/** Where the machine's calls come from. */
export const here = '192.0.2.1';

export const terms = { offering: `${region}/spot/g4dn.xlarge/${region}a`, usdPerHour: 0.6 };

/** A machine of launch `gpu-1` as EC2 shows it. */
export const instance: Instance = {
  InstanceId: instanceId,
  State: { Name: 'running' },
  LaunchTime: new Date(pendingTime),
  InstanceType: 'g4dn.xlarge',
  InstanceLifecycle: 'spot',
  Placement: { AvailabilityZone: `${region}a` },
  PublicIpAddress: here,
  Tags: [
    { Key: machineTags.installation, Value: 'test' },
    { Key: machineTags.launch, Value: 'gpu-1' },
  ],
};

export interface IdentityStage {
  proofs: Proofs;
  /** What EC2 answers from now on. */
  shows(machines: Instance[] | Error): void;
  /** What EC2 was asked: regions and filters. */
  asked: [string, Filters][];
  lines: Record<string, unknown>[];
}

/** Proofs where `ec2` signs for the region. */
export function identityStage(ec2: Signer, more: Partial<Ec2ProofSettings> = {}): IdentityStage {
  const asked: IdentityStage['asked'] = [];
  const lines: IdentityStage['lines'] = [];
  let machines: Instance[] | Error = [instance];
  const never = async () => {
    throw new Error('a proof asks for nothing but instances');
  };
  const calls: Ec2Calls = {
    createFleet: never,
    subnets: never,
    images: never,
    terminate: never,
    async instances(where, filters) {
      asked.push([where, filters]);
      if (machines instanceof Error) throw machines;
      return machines;
    },
  };
  const proofs = ec2Proofs({
    account,
    installation: 'test',
    regions: { [region]: { nat: false } },
    certificates: { [region]: ec2.pem },
    calls,
    priceOf: (_, type) => (type === instance.InstanceType ? terms.usdPerHour : undefined),
    now: () => Date.parse(pendingTime),
    log: (line) => void lines.push(line),
    ...more,
  });
  return {
    proofs,
    asked,
    lines,
    shows(now) {
      machines = now;
    },
  };
}
