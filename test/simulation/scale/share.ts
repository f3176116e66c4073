// How much of a world's CPU time is Callsheet's own code: what it does, and what libraries do for it.
import { Session } from 'node:inspector/promises';

interface Frame {
  id: number;
  hitCount?: number | undefined;
  children?: number[] | undefined;
  callFrame: { url: string };
}

/** Often enough for hours, and seldom enough for memory. */
const intervalMicroseconds = 5000;

/** Answers the result of the work, and the share. */
export async function shareOfOwn<T>(work: () => Promise<T>): Promise<{ result: T; share: number }> {
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: intervalMicroseconds });
    await session.post('Profiler.start');
    const result = await work();
    const { profile } = await session.post('Profiler.stop');
    return { result, share: shareIn(profile.nodes) };
  } finally {
    session.disconnect();
  }
}

const isOwn = (url: string): boolean => /\/(shared|functions)\/[^?]*\.ts$/.test(url);
const isWorld = (url: string): boolean => /\/test\/[^?]*\.ts$/.test(url);

/** What belongs to neither has the owner of whoever called it; what nobody called is the world's. */
export function shareIn(nodes: readonly Frame[]): number {
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const owners = new Map<number, boolean>();
  const ownerOf = (id: number): boolean => {
    const known = owners.get(id);
    if (known !== undefined) return known;
    const url = byId.get(id)?.callFrame.url ?? '';
    const parent = parents.get(id);
    const own = isOwn(url) || (!isWorld(url) && parent !== undefined && ownerOf(parent));
    owners.set(id, own);
    return own;
  };
  let [own, all] = [0, 0];
  for (const { id, hitCount = 0 } of nodes) {
    all += hitCount;
    if (ownerOf(id)) own += hitCount;
  }
  return all === 0 ? 0 : own / all;
}
