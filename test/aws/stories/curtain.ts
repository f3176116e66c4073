// When all stories are told: nothing is left, nobody was let in without the token, no log holds a secret.
import { expect, it } from 'vitest';
import * as z from 'zod/mini';
import { functionNames } from '../../../infra/aws/bundle.ts';
import { machineTags } from '../../../shared/contract/machine.ts';
import { resourceName, secretNames } from '../../../shared/contract/names.ts';
import { config } from '../configuration.ts';
import { readLog } from '../control.ts';
import type { Stage } from '../stage.ts';
import { account } from '../stand-ins.ts';

const attributes = z.object({ Attributes: z.record(z.string(), z.string()) });
const stored = z.object({ Parameter: z.object({ Value: z.string() }) });

export function curtain(current: () => Stage): void {
  it('no ring is in the dead letters, and GitHub was asked for nothing strange', async () => {
    const { control, github } = current();
    const name = `${resourceName(config.installation, 'dead-rings')}.fifo`;
    const QueueUrl = `http://localhost/${account}/${name}`;
    const wanted = { QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] };
    const { Attributes } = attributes.parse(await control('AmazonSQS.GetQueueAttributes', wanted));
    expect(Attributes.ApproximateNumberOfMessages).toBe('0');
    expect(github.unknownRoutes()).toEqual([]);
    expect(github.runners()).toEqual([]);
  });

  it('/api answers only to the token', async () => {
    const { proxy, reader } = current();
    const ask = (headers: Record<string, string>) => fetch(`${proxy.url}/api/jobs`, { headers });
    expect((await ask({})).status).toBe(401);
    expect((await ask({ authorization: 'Bearer nonsense' })).status).toBe(401);
    expect((await fetch(`${reader.url}/api/jobs`)).status).toBe(200);
    expect((await fetch(`${reader.url}/local/jobs`)).status).toBe(404);
  });

  it('no log holds a secret, a ticket, an epoch, a configuration of a runner or a token', async () => {
    const { control, codebuild, ec2, log } = current();
    const logs = await Promise.all(
      functionNames.map(async (name) => ({
        name,
        lines: await readLog(control, `/callsheet/${config.installation}/${name}`),
      })),
    );
    for (const { name, lines } of logs) expect(lines.length, `lines of ${name}`).toBeGreaterThan(0);
    const secrets = await Promise.all(
      Object.values(secretNames(config.installation)).map(async (Name) => {
        const wanted = { Name, WithDecryption: true };
        return stored.parse(await control('AmazonSSM.GetParameter', wanted)).Parameter.Value;
      }),
    );
    const tickets = codebuild.builds().flatMap(({ variables }) => {
      const ticket = variables.find(({ name }) => name === 'CALLSHEET_TICKET');
      return ticket ? [ticket.value] : [];
    });
    expect(tickets.length).toBeGreaterThan(20);
    const epochs = ec2.machines().flatMap(({ tags }) => tags[machineTags.epoch] ?? []);
    expect(epochs.length).toBeGreaterThan(0);
    const words = [...secrets.flatMap((secret) => secret.trim().split('\n')), ...tickets, ...epochs, 'ghs_'];
    const all = [log(), ...logs.flatMap(({ lines }) => lines)].join('\n');
    expect(words.filter((word) => word.length > 0 && all.includes(word))).toEqual([]);
  });
}
