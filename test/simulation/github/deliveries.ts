// Deliveries of a simulated webhook: lost, repeated, late; what was not taken can be delivered again.
import { minute, second } from '../time.ts';
import type { World } from '../world.ts';
import type { Delivery, SimulatedJob } from './records.ts';

/** `deliver` brings a delivery to the webhook and answers whether it was taken. */
export function simulatedDeliveries(
  { time, chance, faults, faulty }: World,
  deliver: (delivery: Delivery) => Promise<boolean>,
  nextId: () => string,
) {
  const failed = new Map<string, Delivery>();
  const fail = (delivery: Delivery): void => void failed.set(`d${nextId()}`, delivery);
  const bring = async (delivery: Delivery): Promise<void> => {
    if (!(await deliver(delivery))) fail(delivery);
  };
  const lag = (): number =>
    faulty(faults.deliveryLate) ? chance.between(30 * second, 8 * minute) : chance.between(300, 4000);

  return {
    /** Tells the webhook, some time later, how the job is now. */
    send(action: Delivery['action'], job: SimulatedJob): void {
      const delivery: Delivery = { action, job: { ...job } };
      if (faulty(faults.deliveryLost)) fail(delivery);
      else time.after(lag(), () => void bring(delivery));
      if (faulty(faults.deliveryTwice)) time.after(lag() + 5 * second, () => void bring(delivery));
    },
    failedIds: (): string[] => [...failed.keys()],
    redeliver(id: string): void {
      const delivery = failed.get(id);
      failed.delete(id);
      if (delivery) void bring(delivery);
    },
  };
}

export type SimulatedDeliveries = ReturnType<typeof simulatedDeliveries>;
