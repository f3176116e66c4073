// The pool whose Macs are simulated: its settings, as the planner takes them.
import { offeringKey } from '../../../shared/contract/offerings.ts';
import type { Settings } from '../../../shared/forecast/settings.ts';
import { minute } from '../../../shared/forecast/units.ts';
import { hostOfferingsOf, macRungOf } from '../../../shared/policy/hosts.ts';
import { poolNamed } from '../../../shared/policy/lookup.ts';
import { nearest } from '../../../shared/policy/nearest.ts';
import type { Config } from '../../../shared/policy/schema.ts';
import { UsageError } from '../command.ts';

/** The pool of that name, or the one that has Macs. Throws `UsageError`. */
export function settingsOf(config: Config, name: string | undefined): { pool: string; settings: Settings } {
  const pool = name ?? onlyPool(config);
  const settings = poolNamed(config, pool);
  const rung = macRungOf(config, pool)?.rung;
  if (!settings) throw new UsageError(unknownPool(config, pool));
  if (!rung) throw new UsageError(`pool '${pool}' has no Macs of EC2: no rung of it says provider: 'mac'`);
  const offers = hostOfferingsOf(config, pool).map((one) => ({
    offering: offeringKey(one),
    usdPerHour: one.usdPerHour,
  }));
  return {
    pool,
    settings: {
      offers,
      maximum: settings.maximum,
      waitMs: rung.waitMinutes * minute,
      stayMs: rung.stayMinutes * minute,
      paidDay: rung.paidDay,
      afterwards: rung.afterwards,
      resets: rung.reset === 'replace-root',
      hostsAtStart: 0,
      bootMs: settings.bootLimitMinutes * minute,
      jobMs: settings.jobLimitMinutes * minute,
    },
  };
}

function onlyPool(config: Config): string {
  const [first, ...others] = Object.keys(config.pools).filter((pool) => macRungOf(config, pool));
  if (first === undefined)
    throw new UsageError("no pool has Macs of EC2: give one a rung that says provider: 'mac'");
  if (others.length > 0) {
    throw new UsageError(`several pools have Macs: name one with --pool: ${[first, ...others].join(', ')}`);
  }
  return first;
}

function unknownPool({ pools }: Config, name: string): string {
  const known = Object.keys(pools);
  const meant = nearest(name, known);
  const remedy = meant ? `did you mean '${meant}'?` : `there are ${known.join(', ')}`;
  return `no pool is called '${name}'; ${remedy}`;
}
