// Releases of hosts over the wire: EC2's answer is a success, and its word for the host decides.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Doubt } from '../../shared/scheduler/ports.ts';
import { type Operation, type Refusal, throttled, unavailable } from '../stand-ins/ec2/trouble.ts';
import { minute } from './ec2-stage.ts';
import { type MacStage, macStage } from './mac-stage.ts';

const day = 24 * 60 * minute;

let at: MacStage;
beforeEach(async () => {
  at = await macStage();
});
afterEach(() => at.close());

const refuse = (on: Operation, refusal: Refusal | undefined) => {
  at.cloud.trouble.refuse = ({ operation }) => (operation === on ? refusal : undefined);
};

describe('releasing', () => {
  it('is answered by the time before which EC2 does not, and works from then on', async () => {
    const there = at.host();
    const after = at.clock.now + day;
    at.clock.now = after - 1;
    expect(await at.hosts.release(there)).toEqual({
      released: false,
      after,
      why: expect.stringMatching(/not yet past its 24 hours.*HostMinAllocationPeriodUnexpired/),
    });
    at.clock.now = after;
    expect(await at.hosts.release(there)).toEqual({ released: true });
    expect(at.cloud.hosts()[0]?.state).toBe('released');
  });

  it('waits for the machine, and for its end', async () => {
    at.cloud.hostTimes.stopMs = 15 * minute;
    const there = at.host();
    const { started } = await at.provider.launch(at.launch(there));
    at.clock.now += day;
    const occupied = { released: false, why: expect.stringContaining('machine is on the host') };
    expect(await at.hosts.release(there)).toEqual(occupied);
    await at.provider.stop(started);
    expect(await at.hosts.release(there)).toEqual(occupied);
    at.clock.now += 15 * minute;
    expect(await at.hosts.release(there)).toEqual({ released: true });
  });

  it('is done for a host that is released, or unknown', async () => {
    const there = at.host();
    at.clock.now += day;
    await at.hosts.release(there);
    expect(await at.hosts.release(there)).toEqual({ released: true });
    at.clock.now += day;
    expect(await at.hosts.release(there)).toEqual({ released: true });
    refuse('ReleaseHosts', { code: 'InvalidHostID.NotFound' });
    expect(await at.hosts.release(there)).toEqual({ released: true });
  });

  it('releases a host that has failed', async () => {
    const there = at.host();
    at.clock.now += day;
    at.cloud.setHostState(there.hostId, 'permanent-failure');
    expect(await at.hosts.release(there)).toEqual({ released: true });
    expect(await at.hosts.look(there)).toMatchObject({ state: 'released-permanent-failure' });
  });

  it('says why where EC2 does not take the call, and doubts where it has not answered', async () => {
    const there = at.host();
    refuse('ReleaseHosts', { code: 'UnauthorizedOperation', message: 'no' });
    expect(await at.hosts.release(there)).toEqual({
      released: false,
      why: `host ${there.hostId} is not released: UnauthorizedOperation: no`,
    });
    for (const refusal of [throttled, unavailable]) {
      refuse('ReleaseHosts', refusal);
      await expect(at.hosts.release(there)).rejects.toThrow(Doubt);
    }
    expect(await at.hosts.release({ offering: there.offering })).toMatchObject({ released: false });
  });

  it('reads each time that EC2 may name, and no other text', async () => {
    const there = at.host();
    const said = async (message: string) => {
      const calls = { ...at.calls, releaseHosts: async () => unsuccessful(there.hostId, message) };
      const answer = await at.fresh({ calls }).hosts.release(there);
      return 'after' in answer ? answer.after : undefined;
    };
    expect(await said('You can release this host any time after 2026-12-01T10:00:00.123Z.')).toBe(
      Date.parse('2026-12-01T10:00:00.123Z'),
    );
    expect(await said('any time after 2026-12-01T10:00Z')).toBe(Date.parse('2026-12-01T10:00Z'));
    for (const words of ['', 'after tomorrow', 'after 2026-99-99T99:99:99Z', 'before 2026-12-01T10:00:00Z'])
      expect(await said(words)).toBeUndefined();
    const silent = { ...at.calls, releaseHosts: async () => ({}) };
    await expect(at.fresh({ calls: silent }).hosts.release(there)).rejects.toThrow(
      'has not said what became',
    );
  });
});

const unsuccessful = (ResourceId: string, Message: string) => ({
  Unsuccessful: [{ ResourceId, Error: { Code: 'Client.BrandNew', Message } }],
});
