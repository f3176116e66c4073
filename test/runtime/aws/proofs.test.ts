// Which proof counts for whom on AWS: documents for machines of EC2, tickets for everybody else.
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { parseConfig } from '../../../shared/policy/schema.ts';
import { ticketFor } from '../../../shared/providers/tickets.ts';
import { builderApiPorts } from '../../../shared/runtime/aws/ports.ts';
import { input } from '../../operations/fakes.ts';
import { genuine } from '../../providers/ec2-identity-messages.ts';
import { type LoopbackCloud, loopbackCloud } from './cloud.ts';
import { builderSecret } from './installation.ts';

/** The machine that EC2 has really signed for, proved before from this address. */
const machine = {
  id: 'i-0c5541936caf78c12',
  launch: 'gpu-1',
  recorded: true,
  askedAt: async () => 0,
  source: '198.51.100.7',
  address: '198.51.100.7',
};
const document = genuine('validRsa2048Signature');
const ticket = ticketFor(builderSecret, machine.launch, machine.id);

let cloud: LoopbackCloud;
beforeAll(async () => {
  cloud = await loopbackCloud();
  for (const [name, value] of Object.entries(cloud.environment)) vi.stubEnv(name, value);
  vi.spyOn(console, 'log').mockImplementation(() => undefined);
});

afterAll(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await cloud.close();
});

it('machines of EC2, Macs too, show documents of our account and regions, all others tickets', async () => {
  const portsIn = (region: string, ACCOUNT_ID: string) =>
    builderApiPorts({ ...cloud.environment, ACCOUNT_ID }, parseConfig({ ...input, aws: { region } }));
  const { proofs } = portsIn('ap-southeast-2', '189292791360');
  expect(await proofs.verify('ec2', document, machine)).toEqual({});
  expect(await proofs.verify('ec2', ticket, machine)).toBeUndefined();
  expect(await proofs.verify('mac', document, machine)).toEqual({});
  expect(await proofs.verify('mac', ticket, machine)).toBeUndefined();
  expect(cloud.calls).toEqual([]);
  expect(await proofs.verify('codebuild', ticket, machine)).toEqual({});
  expect(await proofs.verify('codebuild', document, machine)).toBeUndefined();
  const elsewhere = [portsIn('us-east-1', '189292791360'), portsIn('ap-southeast-2', '111122223333')];
  for (const other of elsewhere) {
    expect(await other.proofs.verify('ec2', document, machine)).toBeUndefined();
  }
});
