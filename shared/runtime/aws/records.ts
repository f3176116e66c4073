// What records facts on AWS: the two tables, the queue of rings and the clock.
import type { RecordPorts } from '../../operations/ports.ts';
import type { Clock } from '../../scheduler/ports.ts';
import { historyTable, openTable } from '../../store/dynamo.ts';
import { lightApi } from '../../store/light.ts';
import { sqsBell } from './bell.ts';
import type { Cloud } from './secrets.ts';
import { signedJson } from './signed.ts';

export const clock: Clock = {
  now: Date.now,
  sleep: (ms) => new Promise((done) => setTimeout(done, ms)),
};

interface Tables extends Cloud {
  OPEN_TABLE: string;
  HISTORY_TABLE: string;
}

/** The two tables over the light client. */
export function tablePorts(environment: Tables): Pick<RecordPorts, 'open' | 'history'> {
  const api = lightApi(signedJson({ service: 'dynamodb', ...placeOf(environment) }));
  return {
    open: openTable(api, { table: environment.OPEN_TABLE }),
    history: historyTable(api, { table: environment.HISTORY_TABLE }),
  };
}

/** All that recording a fact needs. */
export function recordPorts(environment: Tables & { QUEUE_URL: string }): RecordPorts {
  const send = signedJson({ service: 'sqs', ...placeOf(environment) });
  return {
    ...tablePorts(environment),
    bell: sqsBell(send, { queueUrl: environment.QUEUE_URL, clock }),
    clock,
  };
}

const placeOf = ({ AWS_REGION, AWS_ENDPOINT_URL }: Cloud) => ({
  region: AWS_REGION,
  endpoint: AWS_ENDPOINT_URL,
});
