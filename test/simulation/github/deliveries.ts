// Deliveries of a simulated webhook: lost, repeated, late and the newest first; each attempt is listed, and
// may be asked for again.
import { minute, second } from '../time.ts';
import type { World } from '../world.ts';
import { attempts } from './attempts.ts';
import { bodyOf, type Told } from './payloads.ts';
import type { Delivery } from './records.ts';

/** How long the webhook has to answer. https://docs.github.com/webhooks */
const patienceMs = 10 * second;

/** How many of the deliveries that are lost were never made, so that no list has them. */
const unmadeShare = 0.2;

/** `deliver` brings a delivery to the webhook and answers whether it was taken. */
export function simulatedDeliveries(world: World, deliver: (delivery: Delivery) => Promise<boolean>) {
  const { time, chance, faults, faulty } = world;
  const listed = attempts(time.now);
  const later = lateOnes(world);
  let sent = 0;

  const lagMs = (): number => (world.isFoul() && faults.github > 0 ? chance.between(0, 20 * second) : 0);
  const bring = async (told: Told, guid: string, redelivery: boolean): Promise<void> => {
    const taking = deliver({ guid, event: 'workflow_job', body: bodyOf(told), about: aboutOf(told) }).then(
      (taken) => (taken ? { statusCode: 202, status: 'OK' } : { statusCode: 503, status: 'failed' }),
      () => ({ statusCode: 502, status: 'failed' }),
    );
    const silence = time.sleep(patienceMs).then(() => ({ statusCode: 0, status: 'timed out' }));
    listed.note({ told, guid, redelivery, ...(await Promise.race([taking, silence])) }, lagMs());
  };
  const lose = (told: Told, guid: string): void => {
    const isMade = !chance.chance(unmadeShare);
    const failure = { statusCode: 0, status: 'failed to connect to host' };
    if (isMade) listed.note({ told, guid, redelivery: false, ...failure }, lagMs());
    world.say(`GitHub: ${aboutOf(told)} is ${isMade ? 'lost' : 'never sent'}`);
  };

  return {
    /** Tells the webhook, some time later, how the job is now. */
    send(now: Told): void {
      const told = { ...now, job: { ...now.job } };
      sent += 1;
      const guid = `5e1f0000-0000-4000-8000-${sent.toString(16).padStart(12, '0')}`;
      const run = (): void => void bring(told, guid, false);
      if (faulty(faults.deliveryLost)) lose(told, guid);
      else if (faulty(faults.deliveryLate)) later(run);
      else time.after(chance.between(300, 4000), run);
      if (faulty(faults.deliveryTwice)) time.after(chance.between(5 * second, 4 * minute), run);
    },
    page: listed.page,
    /** Sends it once more, with the same guid. False: there is none with this id. */
    redeliver(id: string): boolean {
      const attempt = listed.find(id);
      if (attempt) time.after(chance.between(300, 4000), () => void bring(attempt.told, attempt.guid, true));
      return attempt !== undefined;
    },
  };
}

export type SimulatedDeliveries = ReturnType<typeof simulatedDeliveries>;

const aboutOf = ({ action, job }: Told): string => `${action} ${job.id}`;

/** Late ones wait for one another, for up to eight minutes, and the newest comes first. */
function lateOnes({ time, chance }: World): (run: () => void) => void {
  let held: (() => void)[] = [];
  return (run) => {
    if (held.push(run) > 1) return;
    time.after(chance.between(30 * second, 8 * minute), () => {
      const burst = held.toReversed();
      held = [];
      for (const one of burst) one();
    });
  };
}
