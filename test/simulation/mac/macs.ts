// Simulated Macs on hosts: they boot, or never do, are reset by a task, end slowly, and die with their host.
import { minute, second } from '../time.ts';
import type { Process, World } from '../world.ts';
import { freshDisk, type PastJob } from './disks.ts';
import { lagMs, type SimulatedHost, type SimulatedHosts } from './hosts.ts';
import type { Moods } from './moods.ts';

export interface Mac {
  id: string;
  pool: string;
  launch: string;
  host: SimulatedHost;
  startedAt: number;
  visibleAt: number;
  /** Its public address. */
  address: string;
  tags: Record<string, string>;
  /** Its end was asked for, or it has died; it is over. */
  endingAt?: number;
  endedAt?: number;
  /** The jobs whose first step ran: since its root volume was written, and ever. */
  disk: PastJob[];
  past: PastJob[];
  /** How often its root volume was replaced. */
  wipes: number;
  boots: boolean;
  /** It finds that it is not fit for work, and says so instead of claiming. */
  unfit: boolean;
  /** The job that runs on it, since when at the latest it may be stopped, and whether its agent denies it. */
  busyWith?: string | undefined;
  limitAt: number;
  denies: boolean;
  /** Its agent asks for work in the machine's present turn, and there is none. */
  waits: boolean;
  agent?: Process;
  runner?: string;
}

export interface ResetTask {
  id: string;
  mac: Mac;
  state: 'in-progress' | 'succeeded' | 'failed';
}

export interface MacHooks {
  boot(mac: Mac): void;
  /** EC2's event that a machine begins to end; it is lost now and then. */
  ending(mac: Mac): void;
  /** Its runner will never be heard of again. */
  lost(mac: Mac): void;
}

export type Birth = Pick<Mac, 'pool' | 'launch' | 'host' | 'tags'>;

/** What ended is shown this long. */
const shownMs = 60 * minute;

export const isUp = ({ endingAt }: Mac): boolean => endingAt === undefined;

export function simulatedMacs(world: World, moods: Moods, hosts: SimulatedHosts, hooks: MacHooks) {
  const { time } = world;
  const all = new Map<string, Mac>();
  const recent = new Set<Mac>();
  /** Jobs that have ended with the host they ran on. */
  const lost = new Set<string>();
  const lives = livesOf(world, moods, hooks, (mac) => {
    hosts.vacate(mac.host);
    time.after(shownMs, () => recent.delete(mac));
  });
  return {
    all,
    /** Those that are shown: all that run, and what has ended lately. */
    recent,
    lost,
    ...resetsOf(world, moods, lives.swap),
    /** The machine ends with its host. */
    lose(mac: Mac): void {
      if (isUp(mac) && mac.busyWith) lost.add(mac.busyWith);
      lives.die(mac, 'its host failed');
    },
    start(birth: Birth): Mac {
      const mac = newMac(world, birth, all.size + 1);
      all.set(mac.id, mac);
      recent.add(mac);
      hosts.occupy(mac.host, mac);
      world.say(`EC2: ${mac.id} starts on ${mac.host.id} for ${mac.launch}`);
      time.after(moods.bootMs(), () => lives.boot(mac));
      return mac;
    },
    /** Begins its end. A busy one may be ended at its limit only. */
    terminate(mac: Mac): void {
      if (isUp(mac)) world.breaks(...wronglyEnded(world, mac, 'stopped'));
      lives.die(mac, 'terminated');
    },
  };
}

function newMac({ time, chance, faults, faulty }: World, birth: Birth, number: number): Mac {
  return {
    ...birth,
    id: `i-${number.toString(16).padStart(17, '0')}`,
    startedAt: time.now(),
    visibleAt: time.now() + chance.between(0, lagMs),
    address: `198.18.${number >> 8}.${number & 255}`,
    disk: freshDisk(),
    past: [],
    wipes: 0,
    boots: !faulty(faults.bootFails),
    unfit: faulty(faults.unfit),
    limitAt: 0,
    denies: false,
    waits: false,
  };
}

/** What happens to machines. `over`: one has ended, many minutes after that was begun. */
function livesOf(world: World, moods: Moods, hooks: MacHooks, over: (mac: Mac) => void) {
  const { time, chance, faults, faulty } = world;
  const boot = (mac: Mac): void => {
    if (isUp(mac) && mac.boots) hooks.boot(mac);
  };
  const silence = (mac: Mac): void => {
    if (mac.agent) mac.agent.alive = false;
    Object.assign(mac, { busyWith: undefined, waits: false });
    hooks.lost(mac);
  };
  return {
    boot,
    die(mac: Mac, why: string): void {
      if (!isUp(mac)) return;
      mac.endingAt = time.now();
      world.say(`EC2: ${mac.id} ends (${why})`);
      hooks.ending(mac);
      time.after(chance.between(second, 5 * second), () => silence(mac));
      time.after(moods.stopMs(), () => {
        mac.endedAt = time.now();
        over(mac);
      });
    },
    /** The root volume is another one: what ran is no more, and the machine boots. */
    swap(mac: Mac): void {
      if (!isUp(mac)) return;
      silence(mac);
      world.say(`EC2: ${mac.id} has a new root volume`);
      Object.assign(mac, { disk: freshDisk(), wipes: mac.wipes + 1, boots: !faulty(faults.bootFails) });
      time.after(chance.between(2 * minute, 8 * minute), () => boot(mac));
    },
  };
}

/** Tasks that replace root volumes by what they were at launch: they take their time, and may fail. */
function resetsOf(world: World, moods: Moods, swap: (mac: Mac) => void) {
  const { time, chance } = world;
  const tasks = new Map<string, ResetTask>();
  return {
    tasks,
    reset(mac: Mac): ResetTask {
      world.breaks(...wronglyEnded(world, mac, 'reset'));
      const task: ResetTask = { id: taskId(tasks.size), mac, state: 'in-progress' };
      tasks.set(task.id, task);
      const ms = moods.resetMs();
      const way = chance.chance(moods.resetFails) ? chance.pick(['fails', 'fails late'] as const) : 'works';
      world.say(`EC2: ${mac.id} is reset by ${task.id}, which ${way} in ${Math.round(ms / minute)} minutes`);
      if (way !== 'fails') time.after(ms * chance.between(0.4, 0.9), () => swap(mac));
      time.after(ms, () => {
        task.state = way === 'works' && isUp(mac) ? 'succeeded' : 'failed';
      });
      return task;
    },
  };
}

const taskId = (number: number): string => `replacevol-${(number + 1).toString(16).padStart(17, '0')}`;

function wronglyEnded({ time }: World, mac: Mac, how: string): string[] {
  const { id, busyWith, denies, limitAt } = mac;
  const isWrong = busyWith !== undefined && !denies && time.now() < limitAt;
  return isWrong ? [`busy machine ${id} is ${how}, it ran ${busyWith}`] : [];
}

export type SimulatedMacs = ReturnType<typeof simulatedMacs>;
