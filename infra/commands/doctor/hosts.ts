// Which hosts does the installation have, what do they cost, and does somebody let go of them?
import { machineTags } from '../../../shared/contract/machine.ts';
import { installationTag, poolOfLaunch, resourceName } from '../../../shared/contract/names.ts';
import { macFamilyOf } from '../../../shared/contract/quotas.ts';
import type { MacRung } from '../../../shared/policy/config.ts';
import { macRungOf, paidHours } from '../../../shared/policy/hosts.ts';
import { macs } from '../../../shared/policy/macs.ts';
import type { Config } from '../../../shared/policy/schema.ts';
import { type FoundHost, readHosts } from './ec2.ts';
import { type Check, type Finding, isolated, ok, warn } from './finding.ts';
import { macsOf } from './machines.ts';

/** In all regions: a pool may have lost its Macs, and their hosts are there until their day is over. */
export const hosts: Check = {
  name: 'hosts',
  async run({ config }) {
    const findings = await Promise.all(
      Object.keys(config.aws?.regions ?? {}).map((region) =>
        isolated(`hosts ${region}`, () => hostFindings(config, region)),
      ),
    );
    return findings.flat();
  },
};

async function hostFindings(config: Config, region: string): Promise<Finding[]> {
  const check = `hosts ${region}`;
  const found = (await readHosts(region, installationTag)).filter(
    ({ tags }) => tags.get(installationTag) === config.installation,
  );
  const hasMacs = macsOf(config).some(({ rung }) => rung.region === region);
  if (found.length === 0) return hasMacs ? [ok(check, 'none')] : [];
  const said = (hosts: readonly FoundHost[]) => wordsOf(config, region, hosts);
  const left = found.filter((host) => rungOf(config, host) === undefined);
  const late = found.filter((host) => isLate(config, host, Date.now()));
  const well = found.filter((host) => !left.includes(host) && !late.includes(host));
  return [
    ...(left.length > 0
      ? [
          warn(
            check,
            `${said(left)}: their pools have no Macs`,
            'they are released when they are empty and paid for',
          ),
        ]
      : []),
    ...(late.length > 0
      ? [warn(check, `${said(late)}: empty, and past the paid day`, askAgain(config))]
      : []),
    ...(well.length > 0 ? [ok(check, said(well))] : []),
  ];
}

const askAgain = ({ installation }: Config): string =>
  'ask again in ten minutes; if they are still there, look at the log of ' +
  resourceName(installation, 'dispatcher');

const idsOf = (hosts: readonly FoundHost[]): string => hosts.map(({ id }) => id).join(' ');

/** `2 (h-1 h-2), 31.20 USD a day`. */
function wordsOf(config: Config, region: string, found: readonly FoundHost[]): string {
  const factor = config.aws?.regions[region]?.priceFactor ?? 1;
  const prices = found.map(({ type }) => {
    const family = macFamilyOf(type);
    return family ? macs[family].usdPerHour * factor * 24 : 0;
  });
  const usd = prices.reduce((sum, price) => sum + price, 0);
  return `${found.length} (${idsOf(found)}), ${usd.toFixed(2)} USD a day`;
}

/** The rung of the pool that it is for, if that still has Macs. */
function rungOf(config: Config, { tags }: FoundHost): MacRung | undefined {
  const pool = tags.get(machineTags.pool) ?? poolOfLaunch(tags.get(machineTags.launch) ?? '');
  return macRungOf(config, pool ?? '')?.rung;
}

/** Hosts are let go within ten minutes. */
const graceMs = 15 * 60_000;

function isLate(config: Config, host: FoundHost, now: number): boolean {
  const isOver = now > host.allocatedAt + paidHours * 3_600_000 + graceMs;
  const isIdle = host.isEmpty && host.state !== 'pending';
  return isOver && isIdle && rungOf(config, host)?.afterwards === 'release';
}
