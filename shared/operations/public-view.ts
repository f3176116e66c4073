// What everybody may see: jobs of public repositories, their builders and hosts, in words of ours only. Pure.
import { createHash } from 'node:crypto';
import { parseOffering } from '../contract/offerings.ts';
import type { BuilderView, HostView, JobView } from '../contract/view.ts';
import { noRungWhy, scopeRefusedWhy } from '../policy/texts.ts';
import type { Host } from '../scheduler/host-records.ts';
import { interruptedWhy } from '../scheduler/observe.ts';
import type { Job, Time } from '../scheduler/records.ts';
import { stillQueuedWhy, surplusWhy } from '../scheduler/supply.ts';
import { hostViews } from './hosts-view.ts';
import { builderViews, hostRecords, jobRecords, jobViews, type Known } from './view.ts';

/** Jobs of public repositories. Builders are called by a name that says nothing of the cloud. */
export function publicJobViews(known: Known): JobView[] {
  const records = new Map(jobRecords(known).map((job) => [job.id, job]));
  return ownJobViews(known).map((view) => ({
    ...view,
    builder: view.builder && aliasOf(known, view.builder),
    why: view.why && jobWhy(records.get(view.id), view.why),
  }));
}

/** Builders that took such a job, or that were called for one and have taken none; not their machines. */
export function publicBuilderViews(known: Known, now: Time): BuilderView[] {
  const jobs = new Map(ownJobViews(known).map((view) => [view.id, view]));
  const serves = ({ id, job, phase }: BuilderView): boolean => {
    const served = jobs.get(job ?? '');
    return served !== undefined && (served.builder === id || mayStillTake.has(phase));
  };
  return builderViews(known, now)
    .filter(serves)
    .map((view) => ({
      ...view,
      id: aliasOf(known, view.id),
      why: view.why !== null && isOurs(view.why) ? view.why : null,
      log: null,
      offering: null,
      machine: null,
    }));
}

/** Hosts that did such work and, as far as is known, no other. What they cost is nobody's secret. */
export function publicHostViews(known: Known, now: Time): HostView[] {
  const isOpen = openHosts(known, now);
  return hostViews(withoutWords(known), now)
    .filter(isOpen)
    .map((view) => ({
      ...view,
      id: aliasOf(known, view.id),
      builder: view.builder && aliasOf(known, view.builder),
      offering: parseOffering(view.offering)?.type ?? '',
      project: null,
    }));
}

/** The jobs that a host has served, the one it was got for, and that of its machine must be public. */
function openHosts(known: Known, now: Time): (view: HostView) => boolean {
  const isPublic = publicRepositories(known);
  const repositories = new Map(jobRecords(known).map((job) => [job.id, job.repository]));
  const hosts = new Map(hostRecords(known).map((host) => [host.hostId ?? host.id, host]));
  const machines = new Map(builderViews(known, now).map((view) => [view.id, view]));
  const isOpen = ({ job, phase }: BuilderView): boolean =>
    job === null ? phase !== 'busy' : isPublic(repositories.get(job) ?? '');
  return ({ id, builder }) => {
    const { served = [], job = '' } = hosts.get(id) ?? {};
    const machine = machines.get(builder ?? '');
    const gotFor = repositories.get(job) ?? [];
    const used = served.map(({ repository }) => repository).concat(gotFor);
    return used.length > 0 && used.every(isPublic) && (!machine || isOpen(machine));
  };
}

/** The clouds' words in a host's record are for its owners. */
function withoutWords(known: Known): Known {
  const mute = (host: Host): Host => ({ ...host, why: undefined });
  return {
    ...known,
    states: known.states.map((state) => ({ ...state, hosts: state.hosts.map(mute) })),
    history: known.history.map((item) => (item.kind === 'host' ? mute(item) : item)),
  };
}

const mayStillTake: ReadonlySet<BuilderView['phase']> = new Set(['booting', 'claimed', 'ready']);

function ownJobViews(known: Known): JobView[] {
  const isPublic = publicRepositories(known);
  return jobViews(known).filter(({ repository }) => isPublic(repository));
}

/**
 * Is a repository public by the newest word about it? Some job must have been queued after the last word
 * about every job that does not say so: a repository that has become private takes its past with it.
 */
function publicRepositories({ states, history }: Known): (repository: string) => boolean {
  const said = new Map<string, { publicAt: Time; doubtfulAt: Time }>();
  const records = [...states.flatMap(({ jobs }) => jobs), ...history.filter((item) => item.kind === 'job')];
  for (const job of records) {
    const name = job.repository.toLowerCase();
    const { publicAt, doubtfulAt } = said.get(name) ?? { publicAt: 0, doubtfulAt: 0 };
    said.set(
      name,
      job.isPublic
        ? { publicAt: Math.max(publicAt, job.queuedAt), doubtfulAt }
        : { publicAt, doubtfulAt: Math.max(doubtfulAt, lastWord(job)) },
    );
  }
  return (repository) => {
    const { publicAt, doubtfulAt } = said.get(repository.toLowerCase()) ?? { publicAt: 0, doubtfulAt: 0 };
    return publicAt > doubtfulAt;
  };
}

const lastWord = ({ queuedAt, heardAt, startedAt = 0, endedAt = 0 }: Job): Time =>
  Math.max(queuedAt, heardAt, startedAt, endedAt);

/** The same for the same builder, and no way back to the id that its cloud knows. */
const aliasOf = ({ installation }: Known, builder: string): string =>
  createHash('sha256').update(`${installation}/${builder}`).digest('hex').slice(0, 12);

/** Two reasons quote what a cloud, GitHub or a builder's log has said: these say less here. */
function jobWhy(job: Job | undefined, why: string): string {
  const code = job?.verdict?.code;
  if (job && code === 'no-rung') return noRungWhy(job.pool, []);
  return code === 'scope-refused' ? scopeRefusedWhy('its admins can see why') : why;
}

/** A builder's end may be told by its agent, in any words: only what we say ourselves is repeated. */
const isOurs = (why: string): boolean =>
  ourWhys.has(why) || /^its build ended: [A-Z_]{1,30}$|^its instance is [a-z-]{1,20}$/.test(why);

const ourWhys: ReadonlySet<string> = new Set([
  'finished',
  'the runner ended without a job',
  'its job has ended',
  'no job came',
  'not needed',
  'it never claimed work',
  'it waited too long for work',
  'it fell silent before it got work',
  'the machine is gone',
  "the pool's time limit",
  'the time limit of untrusted jobs',
  'a job waits that needs a clean machine',
  "its host's paid day is over",
  'its pool keeps no such host any more',
  'its host has failed',
  'its disk is for no other job',
  'no money is left for its reset',
  'its reset took too long',
  'its disk could not be replaced',
  interruptedWhy,
  stillQueuedWhy,
  surplusWhy,
]);
