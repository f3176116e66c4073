// Quotas of EC2: their codes in Service Quotas, and where an admin asks for more.
import type { MacFamily, Market, QuotaClass } from './offerings.ts';

/**
 * They count vCPUs of an account in a region. Of the two for P on spot, this is the one of P2 to P4.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-on-demand-instances.html
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-spot-limits.html
 */
const codes: Record<QuotaClass, Record<Market, string>> = {
  g: { 'on-demand': 'L-DB2E81BA', spot: 'L-3819A6DF' },
  p: { 'on-demand': 'L-417A185B', spot: 'L-7212CCBC' },
  standard: { 'on-demand': 'L-1216C47A', spot: 'L-34B43A08' },
};

/** They count Dedicated Hosts, and are 0 in a new account. */
const macCodes: Record<MacFamily, string> = {
  mac1: 'L-A8448DC5',
  mac2: 'L-5D8DADF5',
  'mac2-m2': 'L-B90B5B66',
  'mac2-m2pro': 'L-14F120D1',
  'mac2-m1ultra': 'L-AE4D744C',
  'mac-m4': 'L-2CBA8B92',
  'mac-m4pro': 'L-6919FC30',
  'mac-m4max': 'L-D82CB68A',
  'mac-m3ultra': 'L-7108A7B5',
};

export const quotaCode = ({ quota, market }: { quota: QuotaClass; market: Market }): string =>
  codes[quota][market];

export const hostQuotaCode = (family: MacFamily): string => macCodes[family];

/** The family of an instance type: `mac2` of `mac2.metal`. Undefined: none that is known. */
export function macFamilyOf(type: string): MacFamily | undefined {
  const [family = ''] = type.split('.');
  return isMacFamily(family) ? family : undefined;
}

const isMacFamily = (name: string): name is MacFamily => Object.hasOwn(macCodes, name);

/** The page of the console where a quota is raised. */
export const quotaLink = (region: string, code: string): string =>
  `https://console.aws.amazon.com/servicequotas/home/services/ec2/quotas/${code}?region=${region}`;
