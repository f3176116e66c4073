// A job on EC2, from its delivery to its bill.
import { afterEach, describe, expect, it } from 'vitest';
import { allIsWell, ledgerOf, machinesOf, stateOf } from './ec2-story-end.ts';
import { noting } from './ec2-story-peril.ts';
import { type Film, film, minute } from './ec2-story-stage.ts';

let set: Film;
afterEach(() => set.close());

describe('a job', () => {
  it('gets a machine', async () => {
    set = await film();
    set.hub.queue('1');
    await allIsWell(set);
    console.log(set.lines.map((l) => JSON.stringify(l)).join('\n'));
    console.log(await ledgerOf(set), machinesOf(set), JSON.stringify(set.ec2.fleets[0]), set.problems);
  });
});
