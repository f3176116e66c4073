// How a file must look: sizes, the first line, names, and what never appears.
import {
  isAsExpression,
  isCallExpression,
  isFunctionLikeDeclaration,
  isNonNullExpression,
  isPropertyAccessExpression,
  type Node,
  type SourceFile,
  SyntaxKind,
} from 'typescript/unstable/ast';
import { type Code, type Source, walk } from './sources.ts';

const maxFileLines = 300;
const maxFunctionLines = 50;
const maxColumns = 110;

const bannedNames = /^(utils?|helpers?|common|managers?|services?)$/i;
const bannedWords = /@ts-(ignore|expect-error|nocheck)|biome[-]ignore|\b(TO[D]O|FIX[M]E|XX[X]|HAC[K])\b/;

/** Faults that the text shows, whatever its language. */
export function textFaults({ path, text }: Source): string[] {
  const lines = text.split('\n');
  const faults: string[] = [];
  const complain = (line: number, what: string) => faults.push(`${path}:${line} ${what}`);
  if (lines.length - 1 > maxFileLines) complain(lines.length - 1, `has more than ${maxFileLines} lines`);
  if (!saysWhatItHolds(path, lines)) complain(1, 'must begin with a comment that says what the file holds');
  if (!text.endsWith('\n') || text.endsWith('\n\n')) complain(lines.length, 'must end with one line break');
  if (path.split(/[/.]/).some((part) => bannedNames.test(part)))
    complain(1, 'needs a name that says something');
  lines.forEach((line, index) => {
    if ([...line].length > maxColumns) complain(index + 1, `is longer than ${maxColumns} columns`);
    if (/[\t\r]|\s$/.test(line)) complain(index + 1, 'has a tab, a carriage return or space at its end');
    const word = bannedWords.exec(line);
    if (word) complain(index + 1, `says ${word[0]}`);
  });
  return faults;
}

/** After the interpreter line of a script, or the doctype of a page. */
function saysWhatItHolds(path: string, [first = '', second = '']: string[]): boolean {
  const line = first.startsWith('#!') || first.startsWith('<!doctype') ? second : first;
  const mark = path.endsWith('.html') ? /^<!-- / : /\.[tj]s$/.test(path) ? /^\/\/ / : /^(# |\/\* )/;
  return mark.test(line) && line.length > 20;
}

/** Faults that only the syntax shows. */
export function codeFaults(code: Code): string[] {
  const lineOf = (position: number) => code.tree.getLineAndCharacterOfPosition(position).line + 1;
  return [...walk(code.tree)].flatMap((node) => {
    const start = lineOf(node.getStart(code.tree));
    const fault = faultOf(node, code.tree) ?? sizeFault(node, lineOf(node.end) - start + 1);
    return fault === undefined ? [] : [`${code.path}:${start} ${fault}`];
  });
}

function faultOf(node: Node, tree: SourceFile): string | undefined {
  if (node.kind === SyntaxKind.AnyKeyword) return 'says any: parse it, or say unknown';
  if (node.kind === SyntaxKind.TypeAssertionExpression) return 'casts: parse it instead';
  if (isAsExpression(node) && node.type.getText(tree) !== 'const') {
    return 'casts with as: parse it instead';
  }
  if (isNonNullExpression(node)) return 'says ! where a value may be missing';
  if (!isPropertyAccessExpression(node)) return undefined;
  const [root] = node.expression.getText(tree).split(/[.(]/);
  const name = node.name.text;
  if (root === 'vi' && /^(mock|doMock|hoisted)$/.test(name)) return 'mocks a module: pass a fake in instead';
  if (/^(it|test|describe)$/.test(root ?? '') && /^(only|skip|todo|fails)$/.test(name)) {
    return `leaves tests out with .${name}`;
  }
  return undefined;
}

/** A `describe` is a chapter, not a function: its tests are measured one by one. */
function sizeFault(node: Node, lines: number): string | undefined {
  if (lines <= maxFunctionLines || !isFunctionLikeDeclaration(node)) return undefined;
  if (isCallExpression(node.parent) && /^\s*describe\b/.test(node.parent.getText())) return undefined;
  return `is a function of ${lines} lines, more than ${maxFunctionLines}`;
}
