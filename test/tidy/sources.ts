// The files of the house as the tidy rules see them: text, and the compiler's own syntax trees.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Node, SourceFile } from 'typescript/unstable/ast';
import { createVirtualFileSystem } from 'typescript/unstable/fs';
import { API } from 'typescript/unstable/sync';

export interface Source {
  /** From the repository's root, with `/`. */
  path: string;
  text: string;
}

export interface Code extends Source {
  tree: SourceFile;
}

const rooms = ['.ci', '.github', 'functions', 'infra', 'shared', 'test'];
const suffixes = /(\.(ts|js|css|html|sh|yml)|^\.ci\/[^.]+)$/;

/** Everything that people wrote as code, the scripts included. */
export function readSources(root: string): Source[] {
  const inRooms = rooms.flatMap((room) =>
    readdirSync(join(root, room), { recursive: true, encoding: 'utf8' }).map((path) => join(room, path)),
  );
  return [...readdirSync(root), ...inRooms]
    .filter((path) => suffixes.test(path))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

/** Parses what is TypeScript or JavaScript, out of memory: nothing is resolved and no library is loaded. */
export function parse(sources: readonly Source[]): Code[] {
  const wanted = sources.filter(({ path }) => /\.[tj]s$/.test(path));
  const files = Object.fromEntries(wanted.map(({ path, text }) => [`/tidy/${path}`, text]));
  const compilerOptions = { noResolve: true, noLib: true, allowJs: true, types: [] };
  const config = JSON.stringify({ compilerOptions, files: wanted.map(({ path }) => path) });
  const api = new API({
    cwd: '/tidy',
    fs: createVirtualFileSystem({ ...files, '/tidy/tsconfig.json': config }),
  });
  try {
    const project = api.updateSnapshot({ openProjects: ['/tidy/tsconfig.json'] }).getProjects()[0];
    return wanted.map(({ path, text }) => {
      const tree = project?.program.getSourceFile(`/tidy/${path}`);
      if (!tree) throw new Error(`the compiler did not parse ${path}`);
      return { path, text, tree };
    });
  } finally {
    api.close();
  }
}

/** The node and everything below it. */
export function* walk(node: Node): Generator<Node> {
  yield node;
  const children: Node[] = [];
  node.forEachChild((child) => {
    children.push(child);
  });
  for (const child of children) yield* walk(child);
}
