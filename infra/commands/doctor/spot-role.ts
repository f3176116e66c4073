// Has the account the role that EC2 needs for spot machines?
import { askAws } from '../aws.ts';
import { type Check, ok, warn } from './finding.ts';
import { machinesOf } from './machines.ts';

export const spotRoleName = 'AWSServiceRoleForEC2Spot';

/**
 * Once in each account. Where it is missing, the first launch makes it, by the right of the dispatcher.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/service-linked-roles-spot-instance-requests.html
 */
export const spotRole: Check = {
  name: 'spot role',
  async run({ config }) {
    if (!machinesOf(config).some(({ rung }) => rung.market === 'spot')) return [];
    const remedy = 'aws iam create-service-linked-role --aws-service-name spot.amazonaws.com';
    return [
      (await exists())
        ? ok('spot role', spotRoleName)
        : warn('spot role', `there is no ${spotRoleName} yet: the first spot launch must make it`, remedy),
    ];
  },
};

const exists = (): Promise<boolean> =>
  askAws('iam:GetRole', async () => {
    const sdk = await import('@aws-sdk/client-iam');
    try {
      await new sdk.IAMClient({}).send(new sdk.GetRoleCommand({ RoleName: spotRoleName }));
      return true;
    } catch (error) {
      if (error instanceof sdk.NoSuchEntityException) return false;
      throw error;
    }
  });
