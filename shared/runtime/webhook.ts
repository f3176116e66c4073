// What the webhook works with on AWS: secrets and records. Clients are loaded when they are first needed.
import * as z from 'zod/mini';
import type { WebhookEnvironment } from '../contract/environment.ts';
import type { RecordPorts } from '../operations/ports.ts';
import type { Config } from '../policy/schema.ts';
import type { JobFact, Seat } from '../scheduler/observe.ts';

/** Records facts and rings the bell of their pool. Repeating is a no-op. */
export interface RecordFacts {
  job(fact: JobFact, seat: Seat): Promise<void>;
  /** A job that is not for our pools runs, or ran, on one of our runners. */
  foreign(fact: JobFact & { runner: string }): Promise<void>;
}

/** A setting is wrong. The message names it and the remedy, and may be logged: it holds no secret. */
export class Misconfigured extends Error {
  override name = 'Misconfigured';
}

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html */
const parameter = z.object({ Parameter: z.object({ Value: z.string() }) });

const secretsLifeMs = 5 * 60_000;

/** The ports of the webhook on AWS: two tables, a queue and a parameter. */
export function webhookRuntime(environment: WebhookEnvironment, config: Config) {
  return {
    secrets: freshFor(secretsLifeMs, () => loadSecrets(environment)),
    record: freshFor(Number.POSITIVE_INFINITY, () => loadRecord(environment, config)),
  };
}

/** What `load` answered in the last `lifeMs`. Concurrent callers share one load; a failed one is not kept. */
export function freshFor<T>(lifeMs: number, load: () => Promise<T>, now = Date.now): () => Promise<T> {
  let kept: { value: Promise<T>; since: number } | undefined;
  return () => {
    if (kept && now() - kept.since < lifeMs) return kept.value;
    const mine = { value: load(), since: now() };
    kept = mine;
    mine.value.catch(() => {
      if (kept === mine) kept = undefined;
    });
    return mine.value;
  };
}

async function loadSecrets(environment: WebhookEnvironment): Promise<string[]> {
  const name = environment.WEBHOOK_SECRETS_PARAMETER;
  const send = await signed(environment, 'ssm');
  const answer = await send('AmazonSSM.GetParameter', { Name: name, WithDecryption: true });
  const lines = parameter
    .parse(answer)
    .Parameter.Value.split('\n')
    .map((line) => line.trim());
  const secrets = lines.filter((line) => line !== '');
  if (secrets.length === 1 || secrets.length === 2) return secrets;
  throw new Misconfigured(
    `the SSM parameter ${name} must hold the webhook's secret, or two: one on each line`,
  );
}

async function signed(environment: WebhookEnvironment, service: 'ssm' | 'dynamodb' | 'sqs') {
  const { signedJson } = await import('./aws/signed.ts');
  return signedJson({ service, region: environment.AWS_REGION, endpoint: environment.AWS_ENDPOINT_URL });
}

async function loadRecord(environment: WebhookEnvironment, config: Config): Promise<RecordFacts> {
  const [{ openTable, historyTable }, { lightApi }, { sqsBell }] = await Promise.all([
    import('../store/dynamo.ts'),
    import('../store/light.ts'),
    import('./aws/bell.ts'),
  ]);
  const clock = { now: Date.now, sleep: (ms: number) => new Promise<void>((done) => setTimeout(done, ms)) };
  const tables = lightApi(await signed(environment, 'dynamodb'));
  const ports = {
    open: openTable(tables, { table: environment.OPEN_TABLE }),
    history: historyTable(tables, { table: environment.HISTORY_TABLE }),
    bell: sqsBell(await signed(environment, 'sqs'), { queueUrl: environment.QUEUE_URL, clock }),
    clock,
  };
  return recordFacts(ports, config);
}

/** Records through these ports. */
export function recordFacts(ports: RecordPorts, config: Config): RecordFacts {
  const procedures = () => import('../operations/record.ts');
  return {
    job: async (fact, seat) => (await procedures()).recordJob(ports, fact, seat),
    foreign: async (fact) => (await procedures()).recordForeign(ports, config, { ...fact, job: fact.id }),
  };
}
