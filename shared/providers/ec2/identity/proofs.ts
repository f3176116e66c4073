// Proof of EC2: the machine's identity document under EC2's signature, from the machine's own address.
import { type Claimant, Doubt, type Proofs, type Proven } from '../../../scheduler/ports.ts';
import type { Time } from '../../../scheduler/records.ts';
import type { Ec2Calls } from '../calls.ts';
import { type Machine, machinesIn, type PriceOf, termsOf } from '../machine.ts';

export interface Ec2ProofSettings {
  /** The account's number. */
  account: string;
  installation: string;
  /** By name. `nat`: machines there have no addresses of their own, so these prove nothing. */
  regions: Readonly<Record<string, { nat: boolean }>>;
  calls: Ec2Calls;
  priceOf: PriceOf;
  now(): Time;
  log(line: Record<string, unknown>): void;
  /** PEM by region, instead of those that AWS publishes. */
  certificates?: Readonly<Record<string, string>>;
}

/** By how much the clocks of EC2 and of who asked for the launch may differ. */
const clockSkewMs = 2 * 60_000;

/** EC2 shows a new machine within seconds, and its throttles let go as soon. */
const askAgainMs = 5000;

/** Anybody may knock: of refusals there is at most one line in so long. */
const quietMs = 5000;

/**
 * Proofs of machines of EC2, those of the provider `mac` included. A machine with an address on record has
 * proved itself before: then EC2 is not asked, and only the address compared. `Doubt` says when to ask again.
 */
export function ec2Proofs(settings: Ec2ProofSettings): Proofs {
  let quietUntil = 0;
  return {
    async verify(provider, proof, claimant) {
      const judged = await judge(settings, provider, proof, claimant);
      if (typeof judged !== 'string') return judged;
      if (settings.now() >= quietUntil) {
        quietUntil = settings.now() + quietMs;
        const { id, launch } = claimant;
        settings.log({ unit: 'proof', level: 'warn', builder: id, launch, outcome: 'refused', why: judged });
      }
      return undefined;
    },
  };
}

/** What is proven, or why it is refused. */
async function judge(
  settings: Ec2ProofSettings,
  provider: string,
  proof: string,
  claimant: Claimant,
): Promise<Proven | string> {
  // What reads signed messages takes long to load, and machines elsewhere do not need it.
  const { verifiedDocument } = await import('./document.ts');
  const verified = await verifiedDocument(proof, { ...settings, regions: Object.keys(settings.regions) });
  if (verified.kind === 'refused') return verified.why;
  const { instanceId, region, pendingTime } = verified.document;
  if (instanceId !== claimant.id) return `it is of ${instanceId}`;
  const { address, source } = claimant;
  if (address !== undefined) return address === source ? {} : `it came from ${source}, not from ${address}`;
  if (pendingTime < (await claimant.askedAt()) - clockSkewMs) return 'it is older than the launch';
  const nat = settings.regions[region]?.nat ?? false;
  if (nat && claimant.recorded) return {};
  const machine = await shownBy(settings, region, instanceId, nat);
  if (isUp(machine) && machine.isMac !== (provider === 'mac'))
    return `it is no machine of provider ${provider}`;
  return compared(settings, machine, claimant, nat);
}

/** Compares what the machine says with what EC2 says. */
function compared(
  { installation, priceOf }: Ec2ProofSettings,
  machine: Machine,
  { launch, source }: Claimant,
  nat: boolean,
): Proven | string {
  const { address } = machine;
  if (!isUp(machine)) return `EC2 says that it is ${machine.state}`;
  if (machine.installation !== installation) return 'it is no machine of this installation';
  if (machine.launch !== launch) return `launch ${launch} has not started it`;
  if (!nat && address !== source) return `it came from ${source}, not from ${address}`;
  return { ...(!nat && { address }), terms: termsOf(machine, priceOf) };
}

const isUp = ({ state }: Machine): boolean => state === 'pending' || state === 'running';

/** The machine as EC2 shows it. What EC2 does not show yet, its address included, is a doubt, no refusal. */
async function shownBy(
  { calls, now }: Ec2ProofSettings,
  region: string,
  id: string,
  nat: boolean,
): Promise<Machine> {
  const retryAt = now() + askAgainMs;
  const [machine] = await machinesIn(calls, region, { 'instance-id': [id] }).catch((error: unknown) => {
    throw error instanceof Doubt ? new Doubt(error.message, retryAt) : error;
  });
  const isWhole = machine && (nat || !isUp(machine) || machine.address !== undefined);
  if (isWhole) return machine;
  throw new Doubt(`EC2 does not show ${id} in ${region} yet, or not its address`, retryAt);
}
