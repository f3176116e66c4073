// Who may import whom. A room is a folder with a door; the list says which doors open.
import { posix } from 'node:path';
import {
  isCallExpression,
  isExportDeclaration,
  isImportDeclaration,
  isImportTypeNode,
  isLiteralTypeNode,
  isStringLiteral,
  isTemplateExpression,
  type Node,
  SyntaxKind,
} from 'typescript/unstable/ast';
import { type Code, walk } from './sources.ts';

export interface Import {
  /** A package, a `node:` module, or a path from the root. */
  target: string;
  kind: 'package' | 'node' | 'ours';
  typeOnly: boolean;
}

const core = ['shared/contract', 'shared/scheduler'];
const functionDoors = [
  ...core,
  'shared/runtime',
  'shared/operations',
  'shared/policy',
  'callsheet.config.ts',
];
const infraDoors = [
  'functions',
  'shared/runtime',
  'shared/contract',
  'shared/policy',
  'type shared/scheduler',
  'callsheet.config.ts',
];

/** By room: rooms or single files that it may import; `type`: their types only. The longest room wins. */
const doors: Record<string, readonly string[]> = {
  'callsheet.config.ts': ['shared/policy'],
  'shared/scheduler': [],
  'shared/contract': [],
  'shared/agent': ['shared/contract'],
  'shared/policy': core,
  'shared/github': core,
  'shared/store': core,
  'shared/providers': core,
  'shared/forecast': core,
  'shared/operations': [...core, 'shared/policy'],
  'shared/runtime': ['shared', 'callsheet.config.ts'],
  functions: [...functionDoors, 'shared/github/events.ts', 'shared/github/signature.ts'],
  'infra/aws': [...infraDoors, 'shared/store/tables.ts', 'shared/agent/pack.ts'],
  // `npm run page` serves the page of `npm start`, behind the same server and guard.
  'infra/commands': [
    ...infraDoors,
    'shared/github',
    'shared/forecast',
    'infra/local/http.ts',
    'infra/local/page/page.ts',
  ],
  'infra/local': [...infraDoors, 'infra/local/github', 'infra/local/page', 'shared/operations/view.ts'],
  'infra/local/github': [],
  'infra/local/page': ['type shared/contract'],
};

/** Packages of the two rooms that everything else stands on. */
const packagesOf: Record<string, RegExp> = { 'shared/scheduler': /^$/, 'shared/contract': /^zod(\/|$)/ };

/** Folders whose subfolders are siblings: none knows another. */
const families = ['functions', 'shared/providers'];

export function importsOf(code: Code): Import[] {
  const found: Import[] = [];
  for (const node of walk(code.tree)) {
    const specifier = specifierOf(node);
    if (specifier) found.push(classify(code.path, specifier.text, specifier.typeOnly));
  }
  return found;
}

const loaders = /^(import|require(\.resolve)?|import\.meta\.resolve)$/;

function specifierOf(node: Node): { text: string; typeOnly: boolean } | undefined {
  const literal = (value: Node | undefined, typeOnly: boolean) => {
    if (value && isStringLiteral(value)) return { text: value.text, typeOnly };
    return value && isTemplateExpression(value) ? { text: value.head.text, typeOnly } : undefined;
  };
  if (isImportDeclaration(node)) {
    return literal(node.moduleSpecifier, node.importClause?.phaseModifier === SyntaxKind.TypeKeyword);
  }
  if (isExportDeclaration(node)) return literal(node.moduleSpecifier, node.isTypeOnly);
  if (isImportTypeNode(node) && isLiteralTypeNode(node.argument)) return literal(node.argument.literal, true);
  return isCallExpression(node) && loaders.test(node.expression.getText())
    ? literal(node.arguments[0], false)
    : undefined;
}

function classify(from: string, specifier: string, typeOnly: boolean): Import {
  if (specifier.startsWith('.')) {
    return { target: posix.join(posix.dirname(from), specifier), kind: 'ours', typeOnly };
  }
  return { target: specifier, kind: specifier.startsWith('node:') ? 'node' : 'package', typeOnly };
}

/** One line for each import that goes through a closed door. */
export function directionFaults(code: Code): string[] {
  if (isIn(code.path, 'test')) return [];
  const room = Object.keys(doors)
    .filter((name) => isIn(code.path, name))
    .sort((a, b) => b.length - a.length)[0];
  if (room === undefined) return [`${code.path} is in no room: give its folder a line in directions.ts`];
  return importsOf(code)
    .filter((wanted) => !mayImport(code.path, room, wanted))
    .map((wanted) => `${code.path} may not import ${wanted.target}`);
}

function mayImport(from: string, room: string, wanted: Import): boolean {
  if (wanted.kind !== 'ours') return packagesOf[room]?.test(wanted.target) ?? true;
  if (families.some((family) => areSiblings(family, from, wanted.target))) return false;
  if (isIn(wanted.target, room)) return true;
  return (doors[room] ?? []).some((door) =>
    door.startsWith('type ')
      ? wanted.typeOnly && isIn(wanted.target, door.slice(5))
      : isIn(wanted.target, door),
  );
}

function areSiblings(family: string, a: string, b: string): boolean {
  const folder = (path: string) => (isIn(path, family) ? path.slice(family.length + 1).split('/') : []);
  const [one, two] = [folder(a), folder(b)];
  return one.length > 1 && two.length > 1 && one[0] !== two[0];
}

const isIn = (path: string, room: string): boolean => path === room || path.startsWith(`${room}/`);
