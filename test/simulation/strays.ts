// What appears in a simulated account that no launch of ours has made: strays of our name, which somebody has
// to end; what an admin protects; and what belongs to others.
import { machineTags } from '../../shared/contract/machine.ts';
import { installationTag, protectTag } from '../../shared/contract/names.ts';
import type { Config } from '../../shared/policy/schema.ts';
import type { Mark } from './cloud.ts';
import { minute, second } from './time.ts';
import type { World } from './world.ts';

/** Where something may appear, this often. */
const everyMs = 15 * second;

/** The tags by which one knows whose a thing is. */
export interface Appearance {
  mark: Mark;
  tags: Readonly<Record<string, string>>;
}

/** In a world with strays `make` is called for one of each mark at once, and then for strays now and then. */
export function appearances(
  world: World,
  { installation, pools }: Config,
  make: (appearance: Appearance) => void,
): void {
  const { time, chance, faults, faulty, faultsEnd } = world;
  if (faults.strays === 0) return;
  const [pool = 'gpu'] = Object.keys(pools);
  const appear = (mark: Mark): void => make({ mark, tags: tagsOf(world, mark, installation, pool) });
  const look = (): void => {
    if (time.now() >= faultsEnd) return;
    if (faulty(faults.strays)) appear(chance.chance(0.8) ? 'stray' : chance.pick(['protected', 'foreign']));
    time.after(everyMs, look);
  };
  time.after(chance.between(0, 5 * minute), () => {
    appear('protected');
    appear('foreign');
    look();
  });
}

function tagsOf(world: World, mark: Mark, installation: string, pool: string): Record<string, string> {
  switch (mark) {
    case 'stray':
      return { [installationTag]: installation, ...launchOf(world, pool) };
    case 'protected':
      return { [installationTag]: installation, [protectTag]: 'until Friday', ...launchOf(world, pool) };
    case 'foreign':
      return world.chance.chance(0.8) ? { [installationTag]: 'other', ...launchOf(world, pool) } : {};
  }
}

/** One that nobody has written: of a pool that there is, or of one that there was; or none at all. */
function launchOf({ chance }: World, pool: string): Record<string, string> {
  if (chance.chance(0.3)) return {};
  return { [machineTags.launch]: chance.pick([`${pool}-${chance.whole(900_000, 999_999)}`, 'old-7']) };
}
