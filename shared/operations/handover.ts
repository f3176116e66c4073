// Hands work over: the intent is written first, then GitHub makes the single-use
// configuration, `ready` is written last.
import type { ClaimAnswer, Work } from '../contract/claim.ts';
import { runnerName } from '../contract/names.ts';
import { poolNamed } from '../policy/lookup.ts';
import { registrationLabels } from '../policy/route.ts';
import { gpuOf, rungName, windowServerOf } from '../policy/told.ts';
import { ageLimit, bootsSince, workLimit } from '../scheduler/limits.ts';
import { Doubt } from '../scheduler/ports.ts';
import type { Builder } from '../scheduler/records.ts';
import { refuseScope } from '../scheduler/scopes.ts';
import { changePool } from './change.ts';
import { limitsOf, type Ports } from './ports.ts';

/** A builder that knows where it will register. */
type Dealt = Builder & { scope: string };

/** Makes a configuration for the builder's scope, in place of an earlier one that was never used. */
export async function handOver(ports: Ports, builder: Builder): Promise<ClaimAnswer> {
  const { scope } = builder;
  const settings = poolNamed(ports.config, builder.pool);
  if (!scope || !settings) return wait(2);
  const dealt = { ...builder, scope };
  try {
    const program = await ports.github.runners.download(scope, settings.os, settings.arch);
    return await register(ports, dealt, program).catch(orWait(ports, dealt));
  } catch (error) {
    const answer = orWait(ports, dealt)(error);
    const why = await refusalIn(ports, scope);
    return why === undefined ? answer : setScopeAside(ports, dealt, why);
  }
}

/** Where GitHub does not answer, the agent asks again. */
function orWait(ports: Ports, { pool, id }: Builder): (error: unknown) => ClaimAnswer {
  return (error) => {
    if (!(error instanceof Doubt)) throw error;
    ports.log({ unit: 'claim', pool, builder: id, outcome: 'wait', why: error.message });
    return waitFor(ports, error);
  };
}

/** Behind a doubt may lie a refusal: an App that is not installed any more answers nothing clearly. */
async function refusalIn(ports: Ports, scope: string): Promise<string | undefined> {
  try {
    return await ports.github.runners.refusal(scope);
  } catch (error) {
    if (error instanceof Doubt) return undefined;
    throw error;
  }
}

async function register(ports: Ports, builder: Dealt, program: Work['runner']): Promise<ClaimAnswer> {
  const now = ports.clock.now();
  const count = builder.count + 1;
  const runner = runnerName(ports.config.installation, builder.id, builder.turn, count);
  const intent: Dealt = {
    ...builder,
    phase: 'claimed',
    count,
    runner,
    runnerId: undefined,
    claimedAt: builder.claimedAt ?? now,
    heardAt: now,
  };
  const put = await ports.open.put(intent);
  if (!put.ok) return wait(1);
  if (builder.runner && (await inUse(ports, put.item, builder.runner, builder.runnerId))) {
    return { next: 'shutdown', why: 'its first configuration is in use' };
  }
  const labels = registrationLabels(ports.config, builder.pool, builder.scope);
  const made = await makeConfiguration(ports, put.item, runner, labels);
  if (made.kind === 'refused') return setScopeAside(ports, put.item, made.why);
  return finish(ports, put.item, { ...made, runner: program });
}

/**
 * A rate limit is known to have made nothing: the builder goes back to where it was. Any other doubt
 * leaves the intent.
 */
async function makeConfiguration(ports: Ports, claimed: Dealt, runner: string, labels: string[]) {
  try {
    return await ports.github.runners.register(claimed.scope, runner, labels);
  } catch (error) {
    if (error instanceof Doubt && error.retryAt !== undefined) {
      await ports.open.put({ ...claimed, phase: 'booting', runner: undefined, claimedAt: undefined });
    }
    throw error;
  }
}

/** Deletes the earlier registration. Refused: a job runs on it, so this claim is not the one that counts. */
async function inUse(
  ports: Ports,
  claimed: Dealt,
  runner: string,
  runnerId: string | undefined,
): Promise<boolean> {
  const removed = await ports.github.runners.remove(claimed.scope, { name: runner, id: runnerId });
  if (removed !== 'busy') return false;
  await ports.open.put({ ...claimed, phase: 'ready', runner, runnerId, startedAt: ports.clock.now() });
  return true;
}

/** GitHub will not have a runner there: the builder goes to the next scope. */
async function setScopeAside(ports: Ports, claimed: Dealt, why: string): Promise<ClaimAnswer> {
  const now = ports.clock.now();
  await changePool(ports, claimed.pool, (pool) => refuseScope(pool, claimed.scope, why, now));
  await ports.open.put({
    ...claimed,
    phase: 'booting',
    scope: undefined,
    job: undefined,
    runner: undefined,
    claimedAt: undefined,
  });
  await ports.bell.ring(claimed.pool);
  return wait(3);
}

async function finish(
  ports: Ports,
  claimed: Dealt,
  made: { jitConfig: string; runnerId: string; runner: Work['runner'] },
): Promise<ClaimAnswer> {
  const now = ports.clock.now();
  const limits = limitsOf(ports, claimed.pool);
  const ready: Builder = { ...claimed, phase: 'ready', runnerId: made.runnerId, readyAt: now, heardAt: now };
  const put = await ports.open.put(ready);
  if (!put.ok) {
    await ports.github.runners.remove(claimed.scope, { name: claimed.runner ?? '', id: made.runnerId });
    return { next: 'shutdown', why: 'it was stopped meanwhile' };
  }
  // A machine on a host may have waited for long: its age counts from its claim.
  const lastMoment =
    claimed.host === undefined
      ? bootsSince(claimed) + ageLimit(limits)
      : (claimed.claimedAt ?? now) + workLimit(limits);
  const deadline = Math.min(now + limits.readyMs + limits.jobMs, lastMoment);
  return {
    work: {
      kind: 'actions',
      jitConfig: made.jitConfig,
      runner: made.runner,
      env: {
        CALLSHEET_POOL: claimed.pool,
        CALLSHEET_BUILDER: claimed.id,
        ...toldOf(ports, claimed),
      },
      deadline: Math.floor(deadline / 1000),
    },
  };
}

/** What its job is told of the machine that it got: the rung's name, and whose GPUs that promises. */
function toldOf({ config }: Ports, { pool, rung }: Builder): Record<string, string> {
  const settings = poolNamed(config, pool);
  const found = settings?.ladder[rung];
  return {
    CALLSHEET_RUNG: settings ? rungName(settings, rung) : String(rung + 1),
    CALLSHEET_GPU: found ? gpuOf(found) : 'none',
    ...(found?.provider === 'mac' && { CALLSHEET_WINDOW_SERVER: String(windowServerOf(found)) }),
  };
}

/** As long as was said, at most a minute: the agent asks again. */
export function waitFor(ports: Pick<Ports, 'clock'>, doubt: Doubt): ClaimAnswer {
  const seconds = Math.ceil(((doubt.retryAt ?? 0) - ports.clock.now()) / 1000);
  return wait(Math.min(60, Math.max(5, seconds)));
}

const wait = (seconds: number): ClaimAnswer => ({ next: 'wait', seconds });
