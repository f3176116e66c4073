// The house's rules about its own code: each is kept by every file, and each can fail.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { directionFaults, importsOf } from './tidy/directions.ts';
import { lockFaults, lockSchema, manifestSchema, packageFaults } from './tidy/packages.ts';
import { type Code, parse, readSources, type Source } from './tidy/sources.ts';
import { codeFaults, textFaults } from './tidy/style.ts';

const root = join(import.meta.dirname, '..');
const readJson = (path: string): unknown => JSON.parse(readFileSync(join(root, path), 'utf8'));

/** A sample of one file, parsed. */
function sample(path: string, text: string): Code {
  const [code] = parse([{ path, text }]);
  if (!code) throw new Error(`not parsed: ${path}`);
  return code;
}

const good = '// A sample that keeps every rule.\n';
const words = (...parts: string[]) => parts.join('');

describe('this repository', () => {
  const sources = readSources(root);
  const codes = parse(sources);

  it('is read whole', () => {
    const paths = sources.map((source) => source.path);
    for (const path of ['callsheet.config.ts', '.ci/run', 'shared/scheduler/plan.ts', 'test/tidy.test.ts']) {
      expect(paths).toContain(path);
    }
  });

  it('imports in the allowed directions', () => {
    expect(codes.flatMap(directionFaults)).toEqual([]);
  });

  it('keeps the sizes, first lines, names and words', () => {
    expect(sources.flatMap(textFaults)).toEqual([]);
  });

  it('casts nothing, mocks no module, leaves no test out, and keeps functions short', () => {
    expect(codes.flatMap(codeFaults)).toEqual([]);
  });

  it('names, pins and uses its packages', () => {
    const manifest = manifestSchema.parse(readJson('package.json'));
    const uses = codes.flatMap((code) => importsOf(code).map((each) => ({ ...each, from: code.path })));
    const scripts = sources.filter(({ path }) => !/\.(ts|js)$/.test(path)).map(({ text }) => text);
    const commands = [...Object.values(manifest.scripts), ...scripts].join('\n');
    expect(packageFaults(manifest, uses, binsOf, commands)).toEqual([]);
    expect(lockFaults(lockSchema.parse(readJson('package-lock.json')))).toEqual([]);
  });
});

const binSchema = z.object({ bin: z.optional(z.union([z.string(), z.record(z.string(), z.string())])) });

function binsOf(name: string): string[] {
  const { bin } = binSchema.parse(readJson(`node_modules/${name}/package.json`));
  return typeof bin === 'object' ? Object.keys(bin) : bin === undefined ? [] : [name];
}

describe('directions', () => {
  it.each([
    ['shared/scheduler/plan.ts', "import { readFile } from 'node:fs';"],
    ['shared/scheduler/plan.ts', "import * as z from 'zod/mini';"],
    ['shared/scheduler/plan.ts', "import type { Fact } from '../contract/claim.ts';"],
    ['shared/contract/claim.ts', "import { createHash } from 'node:crypto';"],
    ['shared/contract/claim.ts', "import type { Job } from '../scheduler/records.ts';"],
    ['shared/policy/trust.ts', "import { runs } from '../github/runs.ts';"],
    ['shared/store/dynamo.ts', "import { signed } from '../runtime/aws/signed.ts';"],
    ['shared/store/dynamo.ts', "export { signed } from '../runtime/aws/signed.ts';"],
    ['shared/store/dynamo.ts', "type Signed = import('../runtime/aws/signed.ts').Signed;"],
    ['shared/store/dynamo.ts', "const { signed } = await import('../runtime/aws/signed.ts');"],
    ['shared/operations/view.ts', "import { openTable } from '../store/dynamo.ts';"],
    ['shared/providers/ec2/fleet.ts', "import { start } from '../local/start.ts';"],
    ['shared/runtime/wire.ts', "import { main } from '../../infra/local/main.ts';"],
    ['shared/runtime/wire.ts', "import { world } from '../../test/world.ts';"],
    ['functions/webhook/index.ts', "import { runs } from '../../shared/github/runs.ts';"],
    ['functions/webhook/index.ts', "import { sweep } from '../reaper/sweep.ts';"],
    ['infra/aws/app.ts', "import { view } from '../../shared/operations/view.ts';"],
    ['infra/local/main.ts', "import { plan } from '../../shared/scheduler/plan.ts';"],
    ['infra/local/github/hub.ts', "import type { Job } from '../../../shared/scheduler/records.ts';"],
    ['elsewhere/new.ts', ''],
  ])('%s: %s is refused', (path, line) => {
    expect(directionFaults(sample(path, `${good}${line}\n`))).toHaveLength(1);
  });

  it.each([
    ['shared/contract/claim.ts', "import * as z from 'zod/mini';"],
    ['shared/runtime/wire.ts', "import { openTable } from '../store/dynamo.ts';"],
    ['shared/providers/ec2/fleet.ts', "import { request } from '../request.ts';"],
    ['functions/webhook/index.ts', "import { parseEvent } from '../../shared/github/events.ts';"],
    ['infra/local/main.ts', "import type { Bell } from '../../shared/scheduler/ports.ts';"],
    ['infra/local/main.ts', "import { sweep } from '../../functions/reaper/sweep.ts';"],
    ['test/world.ts', "import { hub } from '../infra/local/github/hub.ts';"],
  ])('%s: %s is allowed', (path, line) => {
    expect(directionFaults(sample(path, `${good}${line}\n`))).toEqual([]);
  });
});

describe('text', () => {
  const name = 'shared/store/sample.ts';
  const bad: [string, Source][] = [
    ['a long file', { path: name, text: good.repeat(301) }],
    ['a long line', { path: name, text: `${good}// ${'x'.repeat(108)}\n` }],
    ['no first comment', { path: name, text: 'export {};\n' }],
    ['a first comment that says nothing', { path: name, text: '// Sample.\n' }],
    [
      'a script without a comment',
      { path: 'shared/agent/a.sh', text: '#!/bin/sh\nset -eu # exits at errors\n' },
    ],
    ['space at an end', { path: name, text: `${good}export {}; \n` }],
    ['a tab', { path: name, text: `${good}\texport {};\n` }],
    ['no line break at the end', { path: name, text: `${good}export {};` }],
    ['two line breaks at the end', { path: name, text: `${good}\n` }],
    ['an empty name', { path: words('shared/', 'uti', 'ls/sample.ts'), text: good }],
    ['a silenced compiler', { path: name, text: `${good}// @ts-${'ignore'}\n` }],
    ['a silenced linter', { path: name, text: `${good}// biome-${'ignore'} lint: no\n` }],
    ['a promise', { path: name, text: `${good}// ${words('TO', 'DO')} later\n` }],
  ];

  it.each(bad)('%s is refused', (_, source) => {
    expect(textFaults(source)).toHaveLength(1);
  });

  it('a file that keeps the rules is not', () => {
    expect(textFaults({ path: name, text: good.repeat(300) })).toEqual([]);
    expect(textFaults({ path: '.ci/run', text: '#!/bin/sh\n# Says what it holds, in words.\n' })).toEqual([]);
  });
});

describe('syntax', () => {
  const lines = (n: number) => '  work();\n'.repeat(n);

  it.each([
    ['export const x: any = 1;'],
    ['export const x = y as unknown;'],
    ['export const x = <Y>y;'],
    ['export const x = y!;'],
    ["vi.mock('./x.ts');"],
    ["describe.only('x', () => {});"],
    ["it.skip('x', () => {});"],
    ["it.concurrent.only('x', () => {});"],
    [`export function long() {\n${lines(49)}}`],
    [`export const long = () => {\n${lines(49)}};`],
    [`const { it } = box;\nit('x', () => {\n${lines(49)}});`],
  ])('%s is refused', (text) => {
    expect(codeFaults(sample('test/sample.ts', `${good}${text}\n`))).toHaveLength(1);
  });

  it.each([
    ['const any = "any, x as unknown as y, vi.mock(), it.only()"; // any'],
    ['export const x = [1] as const;'],
    ["it.skipIf(missing)('x', () => {});"],
    [`export function short() {\n${lines(48)}}`],
    [`describe('x', () => {\n${lines(60)}});`],
  ])('%s is allowed', (text) => {
    expect(codeFaults(sample('test/sample.ts', `${good}${text}\n`))).toEqual([]);
  });
});

describe('packages', () => {
  const manifest = { scripts: {}, dependencies: { zod: '4.6.7' }, devDependencies: { hono: '4.13.19' } };
  const use = (from: string, target: string) => ({ from, target, kind: 'package' as const, typeOnly: false });
  const uses = [use('shared/contract/a.ts', 'zod/mini'), use('infra/local/a.ts', 'hono/body-limit')];
  const faults = (parts: { manifest?: typeof manifest; uses?: typeof uses }) =>
    packageFaults(parts.manifest ?? manifest, parts.uses ?? uses, () => [], '');

  it('that are pinned, used and in the right list are fine', () => {
    expect(faults({})).toEqual([]);
  });

  it('that float, lie idle, are missing, or would not ship are refused', () => {
    expect(faults({ manifest: { ...manifest, dependencies: { zod: '^4.6.7' } } })).toHaveLength(1);
    expect(faults({ uses: uses.slice(1) })).toHaveLength(1);
    expect(faults({ uses: [...uses, use('infra/local/a.ts', '@scope/other/x')] })).toHaveLength(1);
    expect(faults({ uses: [...uses, use('shared/store/a.ts', 'hono')] })).toHaveLength(1);
    expect(faults({ uses: [...uses, use('shared/store/a.ts', 'fs')] })).toHaveLength(1);
  });

  it('that are locked to an address, or not at all, are refused', () => {
    const lock = (resolved?: string, wants: Record<string, string> = {}) =>
      lockFaults({
        packages: {
          'node_modules/x': { resolved, optionalDependencies: wants },
          'node_modules/x/node_modules/@a/y': { optionalDependencies: {} },
        },
      });
    expect(lock('http://10.0.0.1:4873/x.tgz')).toHaveLength(1);
    expect(lock(undefined, { z: '1.0.0' })).toHaveLength(1);
    expect(lock(undefined, { '@a/y': '1.0.0' })).toEqual([]);
  });
});
