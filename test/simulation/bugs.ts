// Bugs that are planted into Callsheet on purpose, to see that a world finds them.
import type { OpenTable } from '../../shared/scheduler/ports.ts';
import type { World } from './world.ts';

/** By name: a table that has the bug. */
export const bugs = {
  /** The first reservation of money after an answer of a cloud was lost is never written. */
  'a lost write': (world: World, open: OpenTable): OpenTable => {
    let isLost = false;
    return {
      ...open,
      put(item) {
        const loses = item.kind === 'ledger' && world.strikes.some(({ kind }) => kind === 'cloud');
        if (isLost || !loses) return open.put(item);
        isLost = true;
        return Promise.resolve({ ok: true, item: { ...item, version: item.version + 1 } });
      },
    };
  },
} as const;

export type Bug = keyof typeof bugs;
