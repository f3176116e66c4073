// The provider in memory passes what every provider must, and its troubles are those of a cloud.
import { describe, expect, it } from 'vitest';
import { Doubt } from '../../shared/scheduler/ports.ts';
import { launchOf, providerConformance } from './conformance.ts';
import { memoryProvider } from './memory.ts';

providerConformance('memory', async () => {
  const provider = memoryProvider(() => 0);
  return {
    provider,
    request: (n) => JSON.stringify({ n }),
    end: async (id) => provider.end(id),
    breakList: async () => {
      provider.trouble.listLost = true;
    },
    restart: async () => provider,
    close: async () => {},
  };
});

describe('the provider in memory', () => {
  it('starts what there is room for, and names the rest as a fault', async () => {
    const provider = memoryProvider(() => 0);
    provider.trouble.room = 2;
    const result = await provider.launch(launchOf(3, '3'));
    expect(result.started).toHaveLength(2);
    expect(result.faults).toEqual([{ kind: 'capacity', why: 'no room for 1' }]);
  });

  it('loses an answer but not the machines, which are found when it is asked again', async () => {
    const provider = memoryProvider(() => 0);
    const launch = launchOf(1, '1');
    provider.trouble.answersLost = true;
    await expect(provider.launch(launch)).rejects.toThrow(Doubt);
    provider.trouble.answersLost = false;
    expect((await provider.launch(launch)).started).toEqual([...provider.machines.keys()]);
  });

  it('forgets a launch when its token has ended', async () => {
    let now = 0;
    const provider = memoryProvider(() => now, 1000);
    const launch = launchOf(1, '1');
    const [id = ''] = (await provider.launch(launch)).started;
    provider.end(id);
    now = 1000;
    await provider.launch(launch);
    expect([...provider.machines.keys()]).toEqual([id]);
  });

  it('hides, keeps and shows machines as it is told', async () => {
    const provider = memoryProvider(() => 5);
    provider.plant('stranger');
    expect(await provider.list()).toEqual([{ id: 'stranger', startedAt: 5 }]);
    provider.trouble.unlisted = ['stranger'];
    expect(await provider.list()).toEqual([]);
    expect(await provider.look('stranger')).toBeDefined();
    provider.trouble.unstoppable = ['stranger'];
    expect(await provider.stop(['stranger'])).toEqual({ failed: ['stranger'] });
  });
});
