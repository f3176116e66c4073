// A stage for tests of the simulated GitHub: itself, a webhook, and one process that calls it.
import { expect } from 'vitest';
import { parseEvent } from '../../../shared/github/events.ts';
import { Doubt } from '../../../shared/scheduler/ports.ts';
import { type Delivery, type SimulatedJob, simulatedGitHub } from '../github.ts';
import { minute } from '../time.ts';
import { createWorld, type Faults, noFaults } from '../world.ts';

export const start = Date.UTC(2026, 10, 21);
export const group = 'group/film/callsheet-color';
export const repository = 'film/color';

/** A GitHub, and one process that calls it. `taken`: does the webhook take the delivery? */
export function stage(
  faults: Partial<Faults> = {},
  taken: (delivery: Delivery) => Promise<boolean> = async () => true,
) {
  const world = createWorld(1, { ...noFaults, ...faults }, start, start + 40 * minute);
  const delivered: Delivery[] = [];
  const github = simulatedGitHub(world, (delivery) => {
    delivered.push(delivery);
    return taken(delivery);
  });
  const ports = github.ports(world.process('test', false));
  /** Lets what was begun get on its way first. */
  const wait = async (ms: number): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve));
    await world.time.runUntil(world.time.now() + ms);
  };
  /** Lets time go on until the call is answered. */
  const answer = async <T>(asked: Promise<T>): Promise<T> => {
    let isOver = false;
    const over = asked.then(
      () => undefined,
      () => undefined,
    );
    void over.then(() => {
      isOver = true;
    });
    while (!isOver) await wait(50);
    return asked;
  };
  const facts = () =>
    delivered.map(({ event, body }) => {
      const read = parseEvent(event, JSON.parse(body));
      return read.kind === 'job'
        ? { action: read.action, ...read.fact }
        : { action: 'ignored', why: read.why };
    });
  return { world, github, delivered, facts, ports, ...ports, wait, answer };
}

export type Stage = ReturnType<typeof stage>;

let ids = 0;
export const aJob = (more: Partial<SimulatedJob> = {}): SimulatedJob => {
  ids += 1;
  return {
    ...{ id: String(ids), repository, labels: ['gpu'], event: 'push', fork: false, runMs: minute },
    ...{ state: 'new', queuedAt: 0, cancelled: false },
    ...more,
  };
};

/** Registers a runner and starts it. */
export async function aRunner({ runners, github, answer }: Stage, name: string, labels = ['gpu']) {
  const made = await answer(runners.register(group, name, labels));
  if (made.kind === 'refused') throw new Error(made.why);
  expect(github.connect(made.jitConfig, { alive: () => true })).toBe(true);
  return made;
}

/** The doubt that a call ends in. */
export const doubtOf = async (asked: Promise<unknown>): Promise<Doubt> => {
  const error = await asked.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof Doubt) return error;
  throw new Error(`no doubt, but ${String(error)}`);
};
