// What the webhook works with on AWS: secrets and records. Clients are loaded when they are first needed.
import type { WebhookEnvironment } from '../contract/environment.ts';
import type { RecordPorts } from '../operations/ports.ts';
import type { Config } from '../policy/schema.ts';
import type { JobFact, Seat } from '../scheduler/observe.ts';
import { secretIn, webhookSecrets } from './aws/secrets.ts';
import { freshFor } from './fresh.ts';

/** Records facts and rings the bell of their pool. Repeating is a no-op. */
export interface RecordFacts {
  job(fact: JobFact, seat: Seat): Promise<void>;
  /** A job that is not for our pools runs, or ran, on one of our runners. */
  foreign(fact: JobFact & { runner: string }): Promise<void>;
}

/** The ports of the webhook on AWS: two tables, a queue and a parameter. */
export function webhookRuntime(environment: WebhookEnvironment, config: Config) {
  const loadRecord = async () => {
    const { recordPorts } = await import('./aws/records.ts');
    return recordFacts(recordPorts(environment), config);
  };
  return {
    secrets: secretIn(environment, environment.WEBHOOK_SECRETS_PARAMETER, webhookSecrets),
    record: freshFor(Number.POSITIVE_INFINITY, loadRecord),
  };
}

type Procedures = Pick<typeof import('../operations/record.ts'), 'recordJob' | 'recordForeign'>;

/** Records through these ports. `procedures`: what records, loaded when it is first needed. */
export function recordFacts(
  ports: RecordPorts,
  config: Config,
  procedures: () => Promise<Procedures> = () => import('../operations/record.ts'),
): RecordFacts {
  return {
    job: async (fact, seat) => (await procedures()).recordJob(ports, fact, seat),
    foreign: async (fact) => (await procedures()).recordForeign(ports, config, { ...fact, job: fact.id }),
  };
}
