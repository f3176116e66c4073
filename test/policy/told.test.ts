// What jobs are told of the rung that their builder came from.
import { expect, it } from 'vitest';
import { parseConfig } from '../../shared/policy/schema.ts';
import { gpuOf, rungName, windowServerOf } from '../../shared/policy/told.ts';
import { withMac, withPool } from './sample.ts';

const pool = parseConfig(
  withPool({
    containers: false,
    jobLimitMinutes: 30,
    machine: { image: { parameter: '/images/amd' } },
    ladder: [
      { provider: 'ec2', market: 'spot' },
      { provider: 'ec2' },
      { provider: 'ec2', needs: { vendor: 'amd' } },
      { provider: 'codebuild', size: 'small', gpu: true, image: 'aswf/ci-ocio:2025', usdPerMinute: 0.1 },
      { provider: 'codebuild', size: 'large' },
      { provider: 'ec2', types: ['c7i.2xlarge'] },
      { provider: 'local' },
    ],
  }),
).pools.gpu;

it('is its place in the ladder and what it is, and whose GPUs it has', () => {
  expect(pool?.ladder.map((rung, index) => `${rungName(pool, index)}: ${gpuOf(rung)}`)).toEqual([
    '1-ec2-spot: nvidia',
    '2-ec2-on-demand: nvidia',
    '3-ec2-on-demand: amd',
    '4-codebuild-gpu: nvidia',
    '5-codebuild: none',
    '6-ec2-on-demand: none',
    '7-local: none',
  ]);
});

it('is of a Mac whether windows open, which takes an image that logs a user in', () => {
  const image = { ids: { 'us-east-1': 'ami-0123456789abcdef0' } };
  const told = (rung: object) => {
    const { mac } = parseConfig(withMac({ machine: { image }, ladder: [rung] })).pools;
    return mac?.ladder.map((one, index) => `${rungName(mac, index)}: ${windowServerOf(one)} ${gpuOf(one)}`);
  };
  expect(told({ provider: 'mac' })).toEqual(['1-mac: false none']);
  expect(told({ provider: 'mac', windowServer: true })).toEqual(['1-mac: true none']);
  expect(told({ provider: 'local' })).toEqual(['1-local: false none']);
});

it('is its place alone where the configuration has changed', () => {
  expect(pool && rungName(pool, 7)).toBe('8');
});
