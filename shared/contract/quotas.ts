// Quotas of EC2: their codes in Service Quotas, and where an admin asks for more.
import type { Market, QuotaClass } from './offerings.ts';

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

export const quotaCode = ({ quota, market }: { quota: QuotaClass; market: Market }): string =>
  codes[quota][market];

/** The page of the console where a quota is raised. */
export const quotaLink = (region: string, code: string): string =>
  `https://console.aws.amazon.com/servicequotas/home/services/ec2/quotas/${code}?region=${region}`;
