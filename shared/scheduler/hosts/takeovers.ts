// Takeovers: a machine that asks for work takes the job of one that still boots: that takes a Mac minutes.
import { type Assignment, dealOf } from '../deals.ts';
import type { Builder, Job } from '../records.ts';

export interface Takeovers {
  /** The machines as they are then, in their order. */
  builders: Builder[];
  /** What changes. */
  assign: Assignment[];
}

/**
 * Exchanges the deals of machines that ask and have no job any more with those of machines that still boot.
 * Only among machines on hosts: others boot soon, and may be paid for by one project.
 */
export function takenOver(builders: readonly Builder[], lacking: ReadonlySet<Job>): Takeovers {
  const byId = new Map([...lacking].map((job) => [job.id, job]));
  const jobOf = ({ job = '' }: Builder): Job | undefined => byId.get(job);
  const macs = builders.filter(({ host }) => host !== undefined);
  const asking = macs.filter((one) => one.askedAt !== undefined && !jobOf(one));
  const booting = macs.filter((one) => one.askedAt === undefined && jobOf(one));
  const pairs = asking.flatMap((one, index) => {
    const other = booting[index];
    return other ? [[one, other] as const] : [];
  });
  const changed = new Map(
    pairs.flatMap(([one, other]): [Builder, Builder][] => [
      [one, withDealOf(one, other)],
      [other, withDealOf(other, {})],
    ]),
  );
  const assign = [...changed].map(([builder, after]) => {
    const job = jobOf(after);
    return { builder, deal: job && dealOf(job) };
  });
  return { builders: builders.map((one) => changed.get(one) ?? one), assign };
}

const withDealOf = (builder: Builder, { scope, job }: Pick<Builder, 'scope' | 'job'>): Builder => ({
  ...builder,
  scope,
  job,
});
