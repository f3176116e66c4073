// What `npx cdk` runs: bundles the functions and writes the templates. Needs no account and no network.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { config } from '../../shared/runtime/config.ts';
import { advice } from './advice.ts';
import { bundleFunctions } from './bundle.ts';
import { installationApp } from './installation.ts';

const bundles = await mkdtemp(join(tmpdir(), 'callsheet-bundles-'));
try {
  await bundleFunctions(bundles, config);
  for (const line of advice(config)) console.error(`warning: ${line}`);
  installationApp(config, bundles).synth();
} finally {
  await rm(bundles, { recursive: true });
}
