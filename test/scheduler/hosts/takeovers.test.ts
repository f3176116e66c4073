// Takeovers: who asks for work gets the job of a machine that still boots.
import { describe, expect, it } from 'vitest';
import { takenOver } from '../../../shared/scheduler/hosts/takeovers.ts';
import { ago, minute } from '../scene.ts';
import { host, mac, macPlanOf, waits } from './host-scene.ts';

const job = waits('j1', 'color');
const booting = mac('m1', 1, { scope: job.scope, job: job.id });
const asking = mac('m2', 2, { askedAt: ago(minute) });

describe('a machine that asks for work and has none', () => {
  it('takes the job of one that still boots', () => {
    const { builders, assign } = takenOver([booting, asking], new Set([job]));
    expect(assign).toEqual([
      { builder: asking, deal: { scope: job.scope, job: job.id, project: job.project } },
      { builder: booting, deal: undefined },
    ]);
    expect(builders.map(({ job: own }) => own)).toEqual([undefined, job.id]);
  });

  it('is dealt it in the plan, once', () => {
    const scene = { jobs: [job], hosts: [host(1), host(2)], builders: [booting, asking] };
    const dealt = macPlanOf(scene).assign.map(({ builder, deal }) => [builder.id, deal?.job]);
    expect(dealt).toEqual([
      ['m2', 'j1'],
      ['m1', undefined],
    ]);
  });

  it('takes the place of a job that needs no machine any more', () => {
    const left = { ...asking, scope: 'group/film/color', job: 'gone' };
    expect(takenOver([left, booting], new Set([job])).assign).toHaveLength(2);
  });

  it('leaves a job where its machine asks, too', () => {
    const both = { ...booting, askedAt: ago(minute) };
    const { builders, assign } = takenOver([both, asking], new Set([job]));
    expect(assign).toEqual([]);
    expect(builders).toEqual([both, asking]);
  });
});
