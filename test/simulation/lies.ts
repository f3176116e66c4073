// What agents of a simulated world say that is not so: nothing of it may grant, prolong or cheapen anything.
import type { ClaimAnswer } from '../../shared/contract/claim.ts';
import type { Machine } from './cloud.ts';
import type { Call } from './https.ts';
import type { World } from './world.ts';

/** The runner on a machine, as its agent sees it. */
export interface Runner {
  name: string;
  state: 'idle' | 'busy' | 'over';
  /** Called when it is over. */
  wake: () => void;
}

interface Who {
  builder: string;
  launch: string;
  key: string;
  proof: string;
}

/** One agent's way to lie. */
export interface Lie {
  kind: (typeof kinds)[number];
  /** Its job is over, and it neither says so nor ends. */
  isNeverFinished: boolean;
  /** Claims again as somebody else who knows the machine's proof, or does not: nobody may get work so. */
  afterClaim(call: Call, who: Who): Promise<void>;
  /** What it says when it is asked whether a job runs. Undefined: the truth. */
  isBusy(machine: Machine, runner: Runner): boolean | undefined;
  /** What it says besides. */
  whileItRuns(call: Call, speaker: Speaker, runner: Runner): Promise<void>;
}

interface Speaker {
  machine: Machine;
  who: Omit<Who, 'proof'>;
  proof: string;
}

const kinds = [
  'claims twice',
  'is busy without a job',
  'denies its job',
  'has finished early',
  'never finishes',
  'has failed with a job',
] as const;

const facts = { os: 'linux', arch: 'x64', agent: '1', bootSeconds: 1, gpus: [] };

/** Draws a way to lie. */
export function liarOf({ chance, breaks }: World): Lie {
  const kind = chance.pick(kinds);
  let beats = chance.whole(1, 20);
  let isSaid = false;
  /** Said once. */
  const once = async (work: () => Promise<unknown>): Promise<void> => {
    if (isSaid) return;
    isSaid = true;
    await work();
  };
  return {
    kind,
    isNeverFinished: kind === 'never finishes',
    async afterClaim(call, who) {
      if (kind !== 'claims twice') return;
      const isThief = chance.chance(0.5);
      const key = who.key.split('').reverse().join('');
      const proof = isThief ? who.proof : '0'.repeat(64);
      const answer = await call<ClaimAnswer>('claim', { ...who, key, proof, facts }, 1);
      if (answer && 'work' in answer) breaks(`${who.builder} has got work twice, for another key`);
    },
    isBusy(machine, runner) {
      beats -= 1;
      if (kind === 'is busy without a job' && beats > 0) return true;
      if (kind !== 'denies its job' || runner.state !== 'busy') return undefined;
      machine.denies = true;
      return false;
    },
    async whileItRuns(call, { machine, proof, who }, runner) {
      if (runner.state !== 'busy') return;
      if (kind === 'has finished early')
        await once(() => {
          machine.denies = true;
          return call('finished', { ...who, exitCode: 0 }, 1);
        });
      if (kind === 'has failed with a job')
        await once(() => call('progress', { ...who, busy: true, failure: { proof, why: 'it says so' } }, 1));
    },
  };
}
