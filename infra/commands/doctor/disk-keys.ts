// May machines have disks? These are encrypted with the key that is the account's default in the region.
import { resourceName } from '../../../shared/contract/names.ts';
import { readDiskKey } from './ec2.ts';
import { ok, warn } from './finding.ts';
import { machinesOf } from './machines.ts';
import { inEachRegion } from './regions.ts';
import { spotRoleName } from './spot-role.ts';

/** Of AWS, and open to all who use EC2 in the account. */
const ownKey = /(^|:)alias\/aws\/ebs$/;

/** https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption-requirements.html */
const rights = 'kms:CreateGrant, Decrypt, DescribeKey, GenerateDataKeyWithoutPlaintext and ReEncrypt*';

/**
 * A key of yours is closed to those who start machines, until its policy, or a grant, names them. For spot:
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/service-linked-roles-spot-instance-requests.html
 */
export const diskKeys = inEachRegion('key of disks', async ({ config }, region, check) => {
  const key = await readDiskKey(region);
  if (ownKey.test(key)) return [ok(check, key)];
  const hasSpot = machinesOf(config).some(({ rung }) => rung.region === region && rung.market === 'spot');
  const dispatcher = `the role of the function ${resourceName(config.installation, 'dispatcher')}`;
  const whom = [dispatcher, ...(hasSpot ? [spotRoleName] : [])].join(' and to ');
  const found = `is ${key}, not alias/aws/ebs: without a grant machines end with Client.InternalError`;
  return [warn(check, found, `if that key is yours, let its policy give ${rights} to ${whom}`)];
});
