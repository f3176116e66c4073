// What every provider must do, whatever cloud is behind it: a new one is good when it passes this.
import { describe, expect, it } from 'vitest';
import { Doubt, type Provider, type Silence, type Wanted } from '../../shared/scheduler/ports.ts';
import type { Launch } from '../../shared/scheduler/records.ts';

/** A provider to be tried, with nothing running yet, and what only its world can do. */
export interface Subject {
  provider: Provider;
  /** The frozen request for `n` builders, as the planner would write it. */
  request(n: number): string;
  /** Builders that one launch can start. Absent: any number. */
  most?: number;
  /** What the planner adds where builders start on hosts: a host that is empty, another one each time. */
  on?(): Wanted['on'];
  /** One builder ends by itself. Resolves when the provider's world knows. */
  end(id: string): Promise<void>;
  /** From now on what is there cannot be read. */
  breakList(): Promise<void>;
  /** Starts a machine in each of two places, the second of which no longer tells. Absent: there is one. */
  hush?(): Promise<{ shown: string; hidden: string; place: string }>;
  /** From now on launches happen and their answers are lost, or no longer. Absent: none can be lost. */
  loseAnswers?(lost: boolean): void;
  /** The same provider after a restart of Callsheet, over the same world. */
  restart(): Promise<Provider>;
  close(): Promise<void>;
}

/** Other runs of the tests may be under way on this computer. */
let number = process.pid * 1000;

/** A new launch of the pool `linux`; `request` is what the provider is asked. */
export function launchOf(n: number, request: string): Launch {
  number += 1;
  return {
    kind: 'launch',
    pool: 'linux',
    id: `linux-${number}`,
    version: 1,
    phase: 'asked',
    provider: 'any',
    rung: 0,
    n,
    request,
    deal: [],
    askedAt: 0,
  };
}

/** A subject at work: also makes new launches, and tells which machines are listed. */
interface Trial extends Subject {
  /** Of `n` builders, or as many as a launch can start. */
  launch(n: number): Launch;
  ids(provider?: Provider): Promise<string[]>;
}

/** Two machines, of a launch each: not every launch can start two. */
async function startTwo(provider: Provider, launch: Trial['launch']): Promise<[string, string]> {
  const [first = ''] = (await provider.launch(launch(1))).started;
  const [second = ''] = (await provider.launch(launch(1))).started;
  return [first, second];
}

const rules: Record<string, (trial: Trial) => Promise<void>> = {
  'starts as many as asked, each with an id of its own that the claim protocol takes': async ({
    provider,
    launch,
  }) => {
    const wanted = launch(3);
    const { started, faults } = await provider.launch(wanted);
    expect(faults).toEqual([]);
    expect(new Set(started).size).toBe(wanted.n);
    for (const id of started) expect(id).toMatch(/^[a-z0-9-]{1,40}$/);
  },

  'finds what it started when the same launch is asked again, also after some have ended': async ({
    provider,
    launch,
    end,
    ids,
  }) => {
    const wanted = launch(3);
    const first = await provider.launch(wanted);
    const { started } = first;
    expect(first.faults).toEqual([]);
    expect(await provider.launch(wanted)).toEqual(first);
    await end(started[0] ?? '');
    expect((await provider.launch(wanted)).started).toEqual(started);
    expect(await ids()).toEqual(started.slice(1).sort());
    await provider.stop(started);
    expect((await provider.launch(wanted)).started).toEqual(started);
    expect(await ids()).toEqual([]);
  },

  'takes the request that it made itself': async ({ provider, most = 2, on = () => undefined, ids }) => {
    const n = Math.min(2, most);
    const host = on();
    const request = provider.request({ pool: 'linux', rung: 0, n, ...(host && { on: host }) });
    const { started, faults } = await provider.launch(launchOf(n, request));
    expect(faults).toEqual([]);
    expect(started).toHaveLength(n);
    expect(await ids()).toEqual([...started].sort());
  },

  'starts nothing twice when an answer was lost and the launch is asked again': async (trial) => {
    const { provider, launch, restart, ids, loseAnswers } = trial;
    if (!loseAnswers) return;
    const wanted = launch(2);
    loseAnswers(true);
    await expect(provider.launch(wanted)).rejects.toThrow(Doubt);
    loseAnswers(false);
    const { started } = await (await restart()).launch(wanted, true);
    expect(started).toHaveLength(wanted.n);
    expect((await provider.launch(wanted)).started).toEqual(started);
    expect(await ids()).toEqual([...started].sort());
  },

  'says the same of what a machine was got as, whoever asks': async ({ provider, launch, restart }) => {
    const wanted = launch(2);
    const { started, terms } = await provider.launch(wanted);
    for (const by of [provider, await restart()]) {
      expect((await by.launch(wanted, true)).terms).toEqual(terms);
      for (const sighting of await by.list()) expect(sighting.terms).toEqual(terms?.[sighting.id]);
      expect((await by.look(started[0] ?? ''))?.terms).toEqual(terms?.[started[0] ?? '']);
    }
  },

  'finds and lists it after a restart': async ({ provider, launch, restart, ids }) => {
    const wanted = launch(2);
    const { started } = await provider.launch(wanted);
    const again = await restart();
    expect((await again.launch(wanted)).started).toEqual(started);
    expect(await ids(again)).toEqual([...started].sort());
    await again.stop(started);
    expect(await ids(again)).toEqual([]);
  },

  'looks at, and stops, what it has not listed since a restart': async ({
    provider,
    launch,
    restart,
    ids,
  }) => {
    const [first, second] = await startTwo(provider, launch);
    expect(await (await restart()).look(first)).toMatchObject({ id: first });
    expect(await (await restart()).look('nobody-1')).toBeUndefined();
    expect(await (await restart()).stop([first])).toEqual({ failed: [] });
    expect(await ids()).toEqual([second]);
  },

  'never doubles a launch that is asked twice at once': async ({ provider, launch, ids }) => {
    const wanted = launch(2);
    const [one, two] = await Promise.all([provider.launch(wanted), provider.launch(wanted)]);
    expect(one.started).toEqual(two.started);
    expect(await ids()).toEqual([...one.started].sort());
  },

  'starts nothing for a launch whose request has changed, and says that it has arrived': async ({
    provider,
    launch,
    ids,
  }) => {
    const wanted = launch(1);
    const { started } = await provider.launch(wanted);
    const { n, request } = launch(2);
    expect(await provider.launch({ ...wanted, n, request })).toMatchObject({
      already: true,
    });
    expect(await ids()).toEqual(started);
  },

  'keeps launches apart, and tells of each machine which launch started it and when': async ({
    provider,
    launch,
  }) => {
    const [first, second] = [launch(1), launch(1)];
    const started = [await provider.launch(first), await provider.launch(second)].map((r) => r.started[0]);
    const seen = new Map((await provider.list()).map((sighting) => [sighting.id, sighting]));
    expect([...seen.keys()].sort()).toEqual([...started].sort());
    expect(seen.get(started[0] ?? '')?.launch).toBe(first.id);
    expect(seen.get(started[1] ?? '')?.launch).toBe(second.id);
    expect(seen.get(started[0] ?? '')?.startedAt).toBeTypeOf('number');
  },

  'looks at one machine by its id, and answers undefined for one that is gone or unknown': async ({
    provider,
    launch,
    end,
  }) => {
    const wanted = launch(1);
    const [kept = ''] = (await provider.launch(wanted)).started;
    const [ended = ''] = (await provider.launch(launch(1))).started;
    await end(ended);
    expect(await provider.look(kept)).toMatchObject({ id: kept, launch: wanted.id });
    expect(await provider.look(ended)).toBeUndefined();
    expect(await provider.look('nobody-1')).toBeUndefined();
    expect(await provider.look('../nobody')).toBeUndefined();
  },

  'stops what is there: absent is success, twice is once, one bad id blocks nobody': async ({
    provider,
    launch,
    ids,
  }) => {
    const [first, second] = await startTwo(provider, launch);
    expect(await provider.stop([])).toEqual({ failed: [] });
    expect(await provider.stop(['nobody-1', first])).toEqual({ failed: [] });
    expect(await ids()).toEqual([second]);
    await provider.stop(['../nobody', '', 'not an id', second, second]);
    expect(await ids()).toEqual([]);
    expect(await provider.stop([first, second])).toEqual({ failed: [] });
  },

  'lists nothing when nothing runs, and throws rather than answer half a list': async ({
    provider,
    launch,
    ids,
    breakList,
  }) => {
    expect(await ids()).toEqual([]);
    await provider.launch(launch(1));
    await breakList();
    await expect(provider.list()).rejects.toThrow();
  },

  'names a place that does not tell, shows nothing of it, and lists all others': async ({
    provider,
    hush,
    restart,
  }) => {
    if (!hush) return;
    const { shown, hidden, place } = await hush();
    for (const by of [provider, await restart()]) {
      await expect(by.list()).rejects.toThrow(Doubt);
      const silences: Silence[] = [];
      const [seen, ...others] = await by.list((silence) => silences.push(silence));
      expect([seen?.id, ...others]).toEqual([shown]);
      expect(silences.map((silence) => silence.place)).toEqual([place]);
      expect(silences[0]?.why).not.toBe('');
      expect(silences[0]?.hides({ id: hidden })).toBe(true);
      expect(silences[0]?.hides({ id: shown, offering: seen?.terms?.offering })).toBe(false);
    }
  },
};

/** Tries the provider that `setup` makes, afresh for each rule. */
export function providerConformance(name: string, setup: () => Promise<Subject>): void {
  describe(`provider ${name}`, () => {
    it.each(Object.keys(rules))('%s', async (title) => {
      const subject = await setup();
      const ids = async (provider = subject.provider) =>
        (await provider.list()).map((sighting) => sighting.id).sort();
      const launch = (wanted: number) => {
        const n = Math.min(wanted, subject.most ?? wanted);
        return launchOf(n, subject.request(n));
      };
      try {
        await rules[title]?.({ ...subject, launch, ids });
      } finally {
        await subject.close();
      }
    });
  });
}
