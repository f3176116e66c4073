// Is this computer's clock right? GitHub refuses proofs of an App whose clock is off.
import { type Check, fail, ok, warn } from './finding.ts';
import { request } from './network.ts';

const warnMs = 30_000;
const failMs = 60_000;

/** GitHub's `Date` has whole seconds. */
export const clock: Check = {
  name: 'clock',
  async run({ gitHubUrl }) {
    const began = Date.now();
    const answer = await request(new URL(`${gitHubUrl}/rate_limit`));
    const theirs = Date.parse(answer.headers.get('date') ?? '');
    const offMs = Math.abs((began + Date.now()) / 2 - theirs);
    if (Number.isNaN(offMs)) return [fail('clock', 'GitHub did not say the time', 'try again')];
    const found = `${Math.round(offMs / 1000)} s from GitHub's`;
    if (offMs <= warnMs) return [ok('clock', found)];
    const remedy = 'set this computer to network time (NTP)';
    return [offMs <= failMs ? warn('clock', found, remedy) : fail('clock', found, remedy)];
  },
};
