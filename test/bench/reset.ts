// From a Mac's word that its job is over to the request that replaces its disk: calls of AWS.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleFunction } from '../../infra/aws/bundle.ts';
import { emptyEvent } from '../functions/crew.ts';
import { loopbackCloud } from '../runtime/aws/cloud.ts';
import { macConfig } from '../runtime/aws/installation.ts';
import { inFolder, runFresh } from './fresh.ts';
import { fillWorking, key, pool } from './hosts.ts';
import { atMost, type Figure } from './table.ts';

/** Says for the agent that the runner has exited, and answers the ring. */
const script = `
import { readFileSync } from 'node:fs';
const api = (await import('./builder-api/index.mjs')).handler;
const dispatcher = (await import('./dispatcher/index.mjs')).handler;
const { body } = await api(JSON.parse(readFileSync('finished.json', 'utf8')), {});
if (JSON.parse(body).next !== 'wait') process.exit(1);
const ring = JSON.stringify({ pool: '${pool}', sentAt: Date.now() });
await dispatcher({ Records: [{ messageId: 'm', body: ring }] });
process.exit(0);
`;

const asked = 'CreateReplaceRootVolumeTask';

/** The figures. Throws when the disk is not replaced. */
export async function benchReset(): Promise<Figure[]> {
  const cloud = await loopbackCloud();
  try {
    const [builder] = await fillWorking(cloud, 1, 'done');
    cloud.calls.length = 0;
    await inFolder(async (folder) => {
      for (const name of ['builder-api', 'dispatcher'])
        await bundleFunction(`functions/${name}/index.ts`, join(folder, name), macConfig);
      const said = JSON.stringify({ builder: builder?.id, launch: builder?.launch, key, exitCode: 0 });
      const event = { ...emptyEvent, routeKey: 'POST /builders/finished', body: said };
      await writeFile(join(folder, 'finished.json'), JSON.stringify(event));
      await writeFile(join(folder, 'reset.mjs'), script);
      await runFresh(folder, cloud.environment.AWS_ENDPOINT_URL, 'reset.mjs');
    });
    if (cloud.ec2.resets().length !== 1) throw new Error('the disk is not replaced');
    const all = cloud.calls.slice(0, cloud.calls.indexOf(asked) + 1);
    const calls = all.filter((call) => call !== 'GetParameter');
    const known = calls.slice(calls.indexOf('SendMessage') + 1);
    return [
      {
        name: 'AWS calls after `finished` is recorded, up to a new disk',
        measured: String(known.length),
        target: atMost(known.length, 5, ''),
        parts: known.join(', '),
      },
      { name: 'in all, with those of the builder API', measured: String(calls.length) },
    ];
  } finally {
    await cloud.close();
  }
}
