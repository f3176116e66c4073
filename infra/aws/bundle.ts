// The bundle of a function: how it is made for Lambda, and for measuring it.
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { inTheCloud } from '../../shared/policy/ladder.ts';
import type { Config } from '../../shared/policy/schema.ts';
import { agentArchive } from '../../shared/runtime/agent.ts';
import { config as shippedConfig } from '../../shared/runtime/config.ts';

/** The functions, each in a folder of its name. */
export const functionNames = [
  'webhook',
  'dispatcher',
  'builder-api',
  'cloud-events',
  'reaper',
  'api',
] as const;

export type FunctionName = (typeof functionNames)[number];

/** The configuration is checked here and now: the bundle carries its value, and no code to check it again. */
const checkedConfig = (config: Config): Plugin => ({
  name: 'checked-config',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\/shared\/runtime\/config\.ts$/ }, () => ({
      contents: `export const config = ${JSON.stringify(inTheCloud(config))};`,
    })),
});

/** The agent is packed here and now: the files of shared/agent do not come along. */
const packedAgent: Plugin = {
  name: 'packed-agent',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\/shared\/runtime\/agent\.ts$/ }, () => ({
      contents: `export const agentArchive = () => ${JSON.stringify(agentArchive())};`,
    })),
};

/**
 * Writes `index.mjs`, and a chunk for each part that is loaded when it is needed, into `folder`. Splitting
 * matters: in one file, the Node modules that a lazy part imports would be loaded at once. Answers the source
 * files that are in it, from the root.
 */
export async function bundleFunction(
  entry: string,
  folder: string,
  config = shippedConfig,
): Promise<string[]> {
  const { metafile } = await build({
    entryPoints: { index: entry },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    // As ES modules, unused parts of the AWS SDK are left out, and rare ones become chunks of their own.
    mainFields: ['module', 'main'],
    minify: true,
    metafile: true,
    logLevel: 'error',
    plugins: [checkedConfig(config), packedAgent],
    // CommonJS packages call `require` for modules of Node.
    banner: { js: 'const require = process.getBuiltinModule;' },
  });
  return Object.keys(metafile.inputs);
}

/** Bundles every function into a folder of its name. Answers all source files. */
export async function bundleFunctions(folder: string, config?: Config): Promise<string[]> {
  const handlers = join(import.meta.dirname, '../../functions');
  const sources = await Promise.all(
    functionNames.map((name) => bundleFunction(join(handlers, name, 'index.ts'), join(folder, name), config)),
  );
  return sources.flat();
}
