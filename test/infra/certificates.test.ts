// Regions whose machines could not prove who they are stop the synth.
import { expect, it } from 'vitest';
import { ConfigError } from '../../shared/policy/schema.ts';
import { appOf, filmConfig } from './stage.ts';

const regions = { 'us-east-1': {}, 'ap-east-2': { zones: ['ap-east-2a'], priceFactor: 1.4 } };

/** One pool, with a machine in each of the regions. */
const configIn = (places: string[]) =>
  filmConfig({
    aws: { region: 'us-east-1', regions },
    pools: {
      optix: {
        labels: ['optix'],
        os: 'linux',
        arch: 'x64',
        maximum: 5,
        jobLimitMinutes: 60,
        ladder: places.map((region) => ({ provider: 'ec2', types: ['g4dn.xlarge'], region })),
      },
    },
    projects: { lights: { repositories: ['studio/lights'], pools: ['optix'], maxUsdPerDay: 100 } },
  });

it('refuses to start machines in a region whose certificate is not known, with place and remedy', () => {
  const config = configIn(['us-east-1', 'ap-east-2']);
  expect(() => appOf(config)).toThrow(ConfigError);
  expect(() => appOf(config)).toThrow(/a problem:\n {2}aws\.regions\.ap-east-2: .*; take out /);
});

it('takes such a region where no machine starts', () => {
  expect(() => appOf(configIn(['us-east-1']))).not.toThrow();
});
