// The bundle of a function: how it is made for Lambda, and for measuring it.
import { build, type Plugin } from 'esbuild';
import { config } from '../../shared/runtime/config.ts';

/** The configuration is checked here and now: the bundle carries its value, and no code to check it again. */
const checkedConfig: Plugin = {
  name: 'checked-config',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\/shared\/runtime\/config\.ts$/ }, () => ({
      contents: `export const config = ${JSON.stringify(config)};`,
    })),
};

/**
 * Writes `index.mjs`, and a chunk for each part that is loaded when it is needed, into `folder`. Splitting
 * matters: in one file, the Node modules that a lazy part imports would be loaded at once.
 */
export async function bundleFunction(entry: string, folder: string): Promise<void> {
  await build({
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
    logLevel: 'error',
    plugins: [checkedConfig],
    // CommonJS packages call `require` for modules of Node.
    banner: { js: 'const require = process.getBuiltinModule;' },
  });
}
