// Does the account allow as many machines of EC2 as the pools want? Quotas count vCPUs.
import { quotaCode, quotaLink } from '../../../shared/contract/quotas.ts';
import { type Check, type Finding, fail, isolated, ok, warn } from './finding.ts';
import { type Want, wantsOf } from './machines.ts';
import { type Quotas, readQuotas } from './service-quotas.ts';

export const machineQuotas: Check = {
  name: 'quotas EC2',
  async run({ config }) {
    const wants = wantsOf(config);
    if (wants.length === 0) return [ok('quotas EC2', 'no pool uses it')];
    const regions = [...new Set(wants.map(({ region }) => region))];
    const findings = await Promise.all(
      regions.map((region) =>
        isolated(`quotas EC2 ${region}`, async () => {
          const applied = await readQuotas('ec2', region);
          return wants.filter((want) => want.region === region).map((want) => finding(want, applied));
        }),
      ),
    );
    return findings.flat();
  },
};

const words = { g: 'G and VT', p: 'P', standard: 'standard' } as const;

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-on-demand-instances.html */
function finding(want: Want, applied: Quotas): Finding {
  const { region, market, quota, vCpus, smallest } = want;
  const check = `quota EC2 ${region} ${market} ${words[quota]}`;
  const code = quotaCode({ quota, market });
  const remedy = `ask for ${vCpus} of ${code}: ${quotaLink(region, code)}`;
  const value = applied.get(code);
  if (value === undefined) return warn(check, `AWS does not list ${code}`, remedy);
  const found = `${value} vCPUs, the pools want up to ${vCpus}`;
  if (value === 0) return fail(check, `${found}: new accounts have 0`, remedy);
  if (value < smallest) return fail(check, `${found}: a machine has ${smallest}`, remedy);
  if (value < vCpus)
    return warn(check, `${found}: room for ${Math.floor(value / smallest)} machines`, remedy);
  return ok(check, found);
}
