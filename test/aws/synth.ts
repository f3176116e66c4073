// `cdk synth` of any configuration: the same app and bundles as `npx cdk deploy`, in a folder of ours.
import { join } from 'node:path';
import { bundleFunctions } from '../../infra/aws/bundle.ts';
import { installationApp } from '../../infra/aws/installation.ts';
import type { Config } from '../../shared/policy/schema.ts';
import { readAssembly, type Stack } from './assembly.ts';

/** Writes bundles and templates into `folder`, which the stacks' assets lie in. */
export async function synthesize(config: Config, folder: string): Promise<Stack[]> {
  const bundles = join(folder, 'bundles');
  const outdir = join(folder, 'cdk.out');
  await bundleFunctions(bundles, config);
  installationApp(config, bundles, { outdir }).synth();
  return readAssembly(outdir);
}
