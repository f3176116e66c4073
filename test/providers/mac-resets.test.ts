// Resets over the wire: one task for each turn, whose state EC2 tells, and the epoch that comes afterwards.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Doubt } from '../../shared/scheduler/ports.ts';
import type { Builder } from '../../shared/scheduler/records.ts';
import { type Operation, type Refusal, throttled, unavailable } from '../stand-ins/ec2/trouble.ts';
import type { Machine } from '../stand-ins/ec2/world.ts';
import { abroad, home, installation, minute } from './ec2-stage.ts';
import { key, type MacStage, macStage } from './mac-stage.ts';

let at: MacStage;
let wiped: string[];
beforeEach(async () => {
  wiped = [];
  at = await macStage({ onReset: ({ id }: Machine) => void wiped.push(id) });
  at.cloud.hostTimes.resetMs = 10 * minute;
});
afterEach(() => at.close());

const refuse = (on: Operation, refusal: Refusal | undefined) => {
  at.cloud.trouble.refuse = ({ operation }) => (operation === on ? refusal : undefined);
};

/** The builder while its reset is under way. */
async function resetting(changes: Partial<Builder> = {}): Promise<Builder> {
  const builder = await at.builder(changes);
  const task = await at.hosts.reset(builder);
  return { ...builder, reset: { askedAt: at.clock.now, task } };
}

const stateOf = async (builder: Builder) => (await at.hosts.resets([builder])).get(builder.id);

describe('a reset', () => {
  it('is one task, which is running until it has succeeded; the machine stays the same', async () => {
    const builder = await resetting();
    expect(builder.reset?.task).toMatch(/^replacevol-/);
    expect(await at.hosts.reset(builder)).toBe(builder.reset?.task);
    expect(await stateOf(builder)).toBe('running');
    at.clock.now += 9 * minute;
    expect(await stateOf(builder)).toBe('running');
    at.clock.now += minute;
    expect(await stateOf(builder)).toBe('succeeded');
    expect(wiped).toEqual([builder.id]);
    expect(at.cloud.resets().map(({ tags }) => tags)).toEqual([
      {
        'callsheet:installation': installation,
        'callsheet:pool': 'mac',
        'callsheet:launch': builder.launch,
      },
    ]);
  });

  it('is another task in another turn, or when it is asked for anew', async () => {
    const builder = await resetting();
    const later = { ...builder, turn: 2 };
    const anew = { ...builder, reset: { askedAt: at.clock.now + 1 } };
    const tasks = [builder.reset?.task, await at.hosts.reset(later), await at.hosts.reset(anew)];
    expect(new Set(tasks).size).toBe(3);
  });

  it('is found by its token when the answer was lost', async () => {
    const builder = await at.builder();
    at.cloud.trouble.lose = ({ operation }) => operation === 'CreateReplaceRootVolumeTask';
    await expect(at.hosts.reset(builder)).rejects.toThrow(Doubt);
    at.cloud.trouble.lose = undefined;
    expect(await at.fresh().hosts.reset(builder)).toBe(at.cloud.resets()[0]?.id);
    expect(at.cloud.resets()).toHaveLength(1);
  });

  it('that EC2 refuses has failed, and says by which code', async () => {
    refuse('CreateReplaceRootVolumeTask', { code: 'IncorrectInstanceState' });
    const builder = await resetting();
    expect(builder.reset?.task).toBe('refused: IncorrectInstanceState');
    at.spent();
    expect(await stateOf(builder)).toBe('failed');
    expect(at.spent()).toEqual({});
  });

  it.each([throttled, unavailable])('is in doubt at $code', async (refusal) => {
    refuse('CreateReplaceRootVolumeTask', refusal);
    await expect(resetting()).rejects.toThrow(Doubt);
  });

  it('fails with its machine, or by itself', async () => {
    const [ended, failed] = [await resetting(), await resetting()];
    at.cloud.trouble.resetFails = (id) => id === failed.id;
    at.cloud.end(ended.id);
    at.clock.now += 10 * minute;
    expect([...(await at.hosts.resets([ended, failed]))]).toEqual([
      [ended.id, 'failed'],
      [failed.id, 'failed'],
    ]);
    expect(wiped).toEqual([]);
  });
});

describe('the states of resets', () => {
  it('are read at once, whatever EC2 calls them', async () => {
    const builder = await resetting();
    const told = (state: string) => {
      const [task] = at.cloud.resets();
      if (task) task.state = state;
      return stateOf(builder);
    };
    expect(await told('pending')).toBe('running');
    expect(await told('in-progress')).toBe('running');
    expect(await told('succeeded')).toBe('succeeded');
    for (const state of ['failing', 'failed', 'failing-detached', 'failed-detached'])
      expect(await told(state)).toBe('failed');
    expect(await told('brand-new')).toBe('running');
  });

  it('are told of all, with one call in a region, though one task is unknown', async () => {
    const [one, other] = [await resetting(), await resetting()];
    at.spent();
    await at.hosts.resets([one, other]);
    expect(at.spent()).toEqual({ DescribeReplaceRootVolumeTasks: 1 });
    const lost = {
      ...other,
      id: 'i-0123456789abcdef0',
      reset: { askedAt: at.clock.now, task: 'replacevol-0' },
    };
    expect([...(await at.hosts.resets([one, lost])).values()]).toEqual(['running', 'running']);
    at.clock.now += minute;
    expect([...(await at.hosts.resets([one, lost])).values()]).toEqual(['running', 'failed']);
  });

  it('are in doubt when EC2 does not tell', async () => {
    const builder = await resetting();
    refuse('DescribeReplaceRootVolumeTasks', unavailable);
    await expect(stateOf(builder)).rejects.toThrow(`in ${home} cannot be read`);
    await expect(stateOf(builder)).rejects.toThrow(Doubt);
  });
});

describe('a mark', () => {
  const epoch = 'e'.repeat(64);
  const tagOf = ({ id }: Builder) =>
    at.cloud.machines().find((machine) => machine.id === id)?.tags['callsheet:epoch'];

  it('is a tag on the machine, which a repetition does not change', async () => {
    const builder = await at.builder();
    for (const _ of [1, 2]) await at.hosts.mark(builder, epoch);
    expect(tagOf(builder)).toBe(epoch);
    await at.hosts.mark({ ...builder, turn: 3 }, 'f'.repeat(64));
    expect(tagOf(builder)).toBe('f'.repeat(64));
  });

  it('goes to where the machine is, also when its record does not say so', async () => {
    const builder = await at.builder({ offering: undefined });
    await at.fresh({ regions: [abroad, home] }).hosts.mark(builder, epoch);
    expect(tagOf(builder)).toBe(epoch);
    await expect(at.fresh({ regions: [abroad] }).hosts.mark(builder, epoch)).rejects.toThrow('in any region');
  });

  it('is in doubt at any refusal', async () => {
    const builder = await at.builder({ offering: key(`${home}a`) });
    for (const refusal of [throttled, { code: 'UnauthorizedOperation' }]) {
      refuse('CreateTags', refusal);
      await expect(at.hosts.mark(builder, epoch)).rejects.toThrow(
        `${builder.id} cannot be marked: ${refusal.code}`,
      );
    }
    refuse('CreateTags', undefined);
    await expect(at.hosts.mark({ ...builder, id: 'i-0123456789abcdef0' }, epoch)).rejects.toThrow(Doubt);
  });
});
