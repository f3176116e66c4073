// Can the pools get the Macs that they want? Quotas count hosts, and not every zone has every kind.
import type { MacFamily } from '../../../shared/contract/offerings.ts';
import { hostQuotaCode, quotaLink } from '../../../shared/contract/quotas.ts';
import { macs } from '../../../shared/policy/macs.ts';
import type { Config } from '../../../shared/policy/schema.ts';
import { readTypes } from './ec2.ts';
import { type Check, type Finding, fail, isolated, ok, warn } from './finding.ts';
import { type Macs, macsOf } from './machines.ts';
import { type Quotas, readQuotas } from './service-quotas.ts';

export const hostQuotas: Check = {
  name: 'quotas hosts',
  async run({ config }) {
    const regions = [...new Set(macsOf(config).map(({ rung }) => rung.region))];
    const findings = await Promise.all(
      regions.map((region) =>
        isolated(`quotas hosts ${region}`, async () => {
          const applied = await readQuotas('ec2', region);
          return wantsIn(config, region).map((want) => quotaFinding(want, applied));
        }),
      ),
    );
    return findings.flat();
  },
};

/** Hosts of one family in one region. */
interface Want {
  region: string;
  family: MacFamily;
  /** If all pools that ask for it had as many as they may have. */
  hosts: number;
  /** What each of these pools asks for. */
  choices: MacFamily[][];
}

function wantsIn(config: Config, region: string): Want[] {
  const wants = new Map<MacFamily, Want>();
  for (const { settings, rung } of macsOf(config).filter((one) => one.rung.region === region)) {
    for (const family of rung.families) {
      const { hosts = 0, choices = [] } = wants.get(family) ?? {};
      wants.set(family, {
        region,
        family,
        hosts: hosts + settings.maximum,
        choices: [...choices, rung.families],
      });
    }
  }
  return [...wants.values()];
}

/** A pool that may have another kind gets that one. */
function quotaFinding({ region, family, hosts, choices }: Want, applied: Quotas): Finding {
  const check = `quota hosts ${region} ${family}`;
  const code = hostQuotaCode(family);
  const remedy = `ask for ${hosts} of ${code}: ${quotaLink(region, code)}`;
  const value = applied.get(code);
  if (value === undefined) return warn(check, `AWS does not list ${code}`, remedy);
  const found = `${value} at once, the pools want up to ${hosts}`;
  const hasNone = (families: MacFamily[]) => families.every((each) => applied.get(hostQuotaCode(each)) === 0);
  if (value === 0 && choices.some(hasNone)) return fail(check, `${found}: new accounts have 0`, remedy);
  return value < hosts ? warn(check, found, remedy) : ok(check, found);
}

/** Does a zone of the rung have the Mac? */
export const macZones: Check = {
  name: 'Macs',
  async run({ config }) {
    const findings = await Promise.all(
      macsOf(config).map((pool) => {
        const check = `Macs of ${pool.pool} in ${pool.rung.region}`;
        return isolated(check, () => zoneFindings(check, pool));
      }),
    );
    return findings.flat();
  },
};

async function zoneFindings(check: string, { pool, rung }: Macs): Promise<Finding[]> {
  const { region, zones, families } = rung;
  const typeOf = (family: MacFamily) => macs[family].type;
  const found = await readTypes(region, families.map(typeOf));
  const zonesOf = (family: MacFamily) =>
    (found.get(typeOf(family)) ?? []).filter((zone) => zones.includes(zone));
  const [has, lacks] = [
    families.filter((each) => zonesOf(each).length > 0),
    families.filter((each) => zonesOf(each).length === 0),
  ];
  const place = `pools.${pool}.ladder`;
  if (has.length === 0) {
    const remedy = `name other zones, another region or other families in ${place}`;
    return [fail(check, `no zone of the rung has ${lacks.join(', ')}`, remedy)];
  }
  const said = has.map((family) => `${family} in ${zonesOf(family).join(', ')}`).join('; ');
  if (lacks.length === 0) return [ok(check, said)];
  return [warn(check, `${said}; no zone has ${lacks.join(', ')}`, `leave them out of families in ${place}`)];
}
