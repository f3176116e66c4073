// What package.json and its lock may say: exact versions, nothing unused, nothing from a private place.
import { builtinModules } from 'node:module';
import * as z from 'zod/mini';
import type { Import } from './directions.ts';

const versions = z._default(z.record(z.string(), z.string()), {});

export const manifestSchema = z.object({
  scripts: z.record(z.string(), z.string()),
  dependencies: versions,
  devDependencies: versions,
});

export const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({ resolved: z.optional(z.string()), optionalDependencies: versions }),
  ),
});

export type Manifest = z.infer<typeof manifestSchema>;

export interface Use extends Import {
  from: string;
}

/** `binsOf`: the commands that a package brings. `commands`: all scripts that may run them. */
export function packageFaults(
  manifest: Manifest,
  uses: readonly Use[],
  binsOf: (name: string) => string[],
  commands: string,
): string[] {
  const all = { ...manifest.dependencies, ...manifest.devDependencies };
  const imported = new Set(uses.filter((use) => use.kind === 'package').map((use) => packageOf(use.target)));
  const runs = (bin: string) => new RegExp(`(^|[\\s"'])${bin}($|[\\s"'])`).test(commands);
  const isUsed = (name: string) =>
    imported.has(name) || binsOf(name).some(runs) || name === '@types/node' || imported.has(typedBy(name));
  return [
    ...Object.entries(all)
      .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
      .map(([name, version]) => `${name} is not pinned: ${version}`),
    ...Object.keys(all)
      .filter((name) => !isUsed(name))
      .map((name) => `${name} is in package.json, and nothing uses it`),
    ...uses.flatMap((use) => useFault(manifest, all, use)),
  ];
}

function useFault(manifest: Manifest, all: Record<string, string>, use: Use): string[] {
  if (use.kind !== 'package') return [];
  if (builtinModules.includes(use.target)) return [`${use.from}: say node:${use.target}`];
  const name = packageOf(use.target);
  if (!(name in all) && !(use.typeOnly && `@types/${name}` in all)) {
    return [`${use.from} imports ${name}, which package.json does not name`];
  }
  const ships = use.from.startsWith('shared/') || use.from.startsWith('functions/');
  return ships && !use.typeOnly && !(name in manifest.dependencies)
    ? [`${use.from} runs ${name}, which is a devDependency`]
    : [];
}

/** Packages that the lock binds to an address instead of a hash, or lacks, so that `npm ci` refuses it. */
export function lockFaults({ packages }: z.infer<typeof lockSchema>): string[] {
  const locked = new Set(Object.keys(packages).map((path) => path.split('node_modules/').at(-1)));
  return Object.entries(packages).flatMap(([path, { resolved, optionalDependencies }]) => [
    ...(resolved ? [`${path || 'the root'} is locked to an address`] : []),
    ...Object.keys(optionalDependencies)
      .filter((name) => !locked.has(name))
      .map((name) => `${path} wants ${name}, which the lock lacks`),
  ]);
}

/** `@scope/name/path` → `@scope/name` */
const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

const typedBy = (name: string): string => name.replace(/^@types\//, '');
