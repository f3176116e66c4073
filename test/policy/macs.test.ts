// Rungs of Macs: what is filled in, which hosts they ask for, what is said about them at synth.
import { describe, expect, it } from 'vitest';
import { offeringKey } from '../../shared/contract/offerings.ts';
import { hostOfferingsOf, macRungOf } from '../../shared/policy/hosts.ts';
import { inTheCloud, onThisComputer, termsOf } from '../../shared/policy/ladder.ts';
import { macAdvice } from '../../shared/policy/mac-advice.ts';
import { macFamilies, macs } from '../../shared/policy/macs.ts';
import { offeringsOf } from '../../shared/policy/offerings.ts';
import { parseConfig } from '../../shared/policy/schema.ts';
import { sampleInput, withMac } from './sample.ts';

const mac = { provider: 'mac' } as const;
const configOf = (rung: object, pool: object = {}, others: object = {}) =>
  parseConfig({ ...withMac({ ladder: [{ ...mac, ...rung }], ...pool }), ...others });
const rungOf = (rung: object, pool: object = {}) => macRungOf(configOf(rung, pool), 'mac')?.rung;

/** Without projects that serve forks, and with Macs that need not be trusted. */
const open = { trustedOnly: false };

describe('what an admin leaves out of a rung', () => {
  it('has a default', () => {
    expect(rungOf({})).toEqual({
      provider: 'mac',
      region: 'us-east-1',
      zones: ['us-east-1a', 'us-east-1b'],
      families: ['mac2', 'mac2-m2', 'mac-m4'],
      macos: 'sequoia',
      waitMinutes: 60,
      reset: 'replace-root',
      stayMinutes: 60,
      paidDay: 'shared',
      afterwards: 'release',
      windowServer: false,
    });
  });

  it('is kept where it is said', () => {
    const said = {
      zones: ['us-east-1b'],
      families: ['mac-m4pro'],
      macos: 'tahoe',
      waitMinutes: 0,
      reset: 'relaunch',
      stayMinutes: 1440,
      afterwards: 'keep',
    };
    expect(rungOf(said)).toMatchObject(said);
  });

  it('is kinds of Macs that have the architecture, and run the version', () => {
    expect(rungOf({ macos: 'sonoma' })?.families).toEqual(['mac2', 'mac2-m2']);
    expect(rungOf({}, { arch: 'x64' })?.families).toEqual(['mac1']);
  });

  it('is a reset only between jobs that are trusted, on hosts that serve several', () => {
    expect(rungOf({}, open)?.reset).toBe('relaunch');
    expect(rungOf({ paidDay: 'one-job' })?.reset).toBe('relaunch');
  });

  it('is time to boot, and no containers, which macOS has not', () => {
    const local = { ladder: [{ provider: 'local' }] };
    expect(configOf({}).pools.mac).toMatchObject({ bootLimitMinutes: 45, containers: false });
    expect(configOf({}, { bootLimitMinutes: 30 }).pools.mac?.bootLimitMinutes).toBe(30);
    expect(configOf({}, local).pools.mac).toMatchObject({ bootLimitMinutes: 10, containers: false });
    expect(configOf({}).pools.gpu).toMatchObject({ bootLimitMinutes: 10, containers: true });
  });
});

describe('the hosts that a pool asks for', () => {
  const ladder = [{ provider: 'local' }, { ...mac, families: ['mac-m4', 'mac2'] }];
  const aws = { region: 'us-east-1', regions: { 'us-east-1': {}, 'eu-west-1': { priceFactor: 1.2 } } };
  const config = parseConfig(withMac({ ladder }));

  it('are of the first family in all zones, then of the next', () => {
    expect(hostOfferingsOf(config, 'mac').map(offeringKey)).toEqual([
      'us-east-1/on-demand/mac-m4.metal/us-east-1a',
      'us-east-1/on-demand/mac-m4.metal/us-east-1b',
      'us-east-1/on-demand/mac2.metal/us-east-1a',
      'us-east-1/on-demand/mac2.metal/us-east-1b',
    ]);
  });

  it('have the price of their region, and the quota of their family', () => {
    const abroad = configOf({ region: 'eu-west-1', zones: ['eu-west-1c'], families: ['mac2'] }, {}, { aws });
    expect(hostOfferingsOf(abroad, 'mac')).toEqual([
      {
        region: 'eu-west-1',
        zone: 'eu-west-1c',
        market: 'on-demand',
        type: 'mac2.metal',
        quota: 'mac2',
        vCpus: 8,
        usdPerHour: 0.78,
      },
    ]);
  });

  it('are of one rung, wherever it stands', () => {
    expect(macRungOf(config, 'mac')?.index).toBe(1);
    expect(macRungOf(inTheCloud(config), 'mac')?.index).toBe(0);
    for (const other of ['gpu', 'gone', 'constructor']) {
      expect([macRungOf(config, other), hostOfferingsOf(config, other)]).toEqual([undefined, []]);
    }
    expect(hostOfferingsOf(onThisComputer(config), 'mac')).toEqual([]);
  });

  it('are no machines that are asked for by themselves, nor paid for as such', () => {
    expect(offeringsOf(config, 'mac', 1)).toEqual([]);
    expect(termsOf(config, 'mac', 1)).toEqual({ usdPerHour: 0 });
  });

  it('are all kinds that there are, each under its own name', () => {
    expect(Object.keys(macs)).toEqual(macFamilies);
    for (const family of macFamilies) expect(macs[family].type).toBe(`${family}.metal`);
  });
});

describe('what is said at synth', () => {
  const single = { ...withMac({}).projects, film: { repositories: ['acme/film'], pools: ['gpu', 'mac'] } };
  const rich = Object.fromEntries(
    Object.entries(single).map(([name, one]) => [name, { ...one, maxUsdPerDay: 1000 }]),
  );
  const shared =
    'pools.mac.ladder[0].reset: project film has 2 repositories in one runner group, so its Macs ' +
    'are relaunched after each job, which takes hours; ' +
    'make a project of each repository that uses Macs, or write repositoryRunners: true';

  it('is which project cannot have its Macs reset', () => {
    expect(sampleInput.projects.film.repositories).toHaveLength(2);
    expect(macAdvice(configOf({}))).toEqual([shared]);
    expect(macAdvice(configOf({ reset: 'relaunch' }))).toEqual([]);
    expect(macAdvice(configOf({}, {}, { projects: rich }))).toEqual([]);
    const own = { ...withMac({}).projects.film, repositoryRunners: true };
    const projects = { ...withMac({}).projects, film: own };
    expect(macAdvice(configOf({}, {}, { projects }))).toEqual([]);
  });

  it('is what a host costs that is kept for ever', () => {
    const kept = { reset: 'relaunch', afterwards: 'keep', families: ['mac2', 'mac2-m2'] };
    expect(macAdvice(configOf(kept))).toEqual([
      'pools.mac.ladder[0].afterwards: hosts are kept for ever, at up to 632.16 USD each in 30 days; ' +
        "write 'release'",
    ]);
  });
});
