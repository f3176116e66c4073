// A thief: with what a job has stolen of its machine (key, proof, epoch) it asks for work, for hours.
import { createHash } from 'node:crypto';
import { machineTags } from '../../../shared/contract/machine.ts';
import { minute, second } from '../time.ts';
import type { Boot } from './agent.ts';

/** For how long it tries. */
const triesForMs = 150 * minute;

const madeUp = (text: string): string => createHash('sha256').update(text).digest('hex');

/**
 * What it has stolen, or makes up, never gets work, nor a machine in its next turn, where the old key is
 * nobody's. It is in a hurry while the machine waits to be wiped: then that turn may begin at any moment.
 */
export async function steal(boot: Boot): Promise<void> {
  const { at, mac } = boot;
  const { time, chance } = at.world;
  const end = time.now() + triesForMs;
  const old = mac.tags[machineTags.epoch];
  while (time.now() < end && mac.endedAt === undefined) {
    const isHot = !mac.busyWith && mac.tags[machineTags.epoch] === old;
    await time.sleep(isHot ? chance.between(second, 8 * second) : chance.between(minute, 12 * minute));
    await claimAsAnybody(boot, old);
    // The tag is put there when the next turn has begun.
    if (mac.tags[machineTags.epoch] !== old) await speakWithOldKey(boot);
  }
}

/** From the machine itself, or from elsewhere; with its key and epoch, or others. */
async function claimAsAnybody({ at, mac, who }: Boot, old: string | undefined): Promise<void> {
  const { world, post, holdsKey } = at;
  const { time, chance } = world;
  const [epoch] = chance.pick([[], [old], [madeUp(`${mac.id} ${time.now()}`)]]);
  const isOwn = chance.chance(0.3);
  const key = isOwn ? who.key : madeUp(`key ${time.now()}`);
  const source = chance.chance(0.7) ? mac.address : '203.0.113.7';
  const request = { ...who, key, proof: 'true', facts, ...(epoch !== undefined && { epoch }) };
  const said = await post('claim', request, source);
  if (said.status === 200 && 'work' in JSON.parse(said.text))
    world.breaks(`a thief on ${mac.id} was given work`);
  if (!isOwn && holdsKey(mac, key)) world.breaks(`${mac.id} belongs to a thief`);
}

async function speakWithOldKey({ at, mac, who }: Boot): Promise<void> {
  const { world, post } = at;
  const beat = await post('progress', { ...who, busy: world.chance.chance(0.5) }, mac.address);
  const ended = await post('finished', { ...who, exitCode: 0 }, mac.address);
  if (beat.status === 200 || ended.status === 200)
    world.breaks(`an old key is taken in a later turn of ${mac.id}`);
}

const facts = { os: 'macos', arch: 'arm64', agent: '1', bootSeconds: 1, gpus: [] };
