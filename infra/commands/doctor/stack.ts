// What the deployed stack says of itself.
import { askAws } from '../aws.ts';
import { Unavailable } from '../command.ts';

/** An output of the installation's stack. Throws `Unavailable` when there is none, or nobody to ask. */
export const stackOutput = (installation: string, key: string): Promise<string> =>
  askAws('cloudformation:DescribeStacks', async () => {
    const StackName = `callsheet-${installation}`;
    const sdk = await import('@aws-sdk/client-cloudformation');
    const client = new sdk.CloudFormationClient({});
    const { Stacks: [stack] = [] } = await client
      .send(new sdk.DescribeStacksCommand({ StackName }))
      .catch((error: unknown) => {
        if (error instanceof Error && error.name === 'ValidationError') return { Stacks: [] };
        throw error;
      });
    const value = stack?.Outputs?.find(({ OutputKey }) => OutputKey === key)?.OutputValue;
    if (value) return value;
    const what = stack ? `has no output ${key}` : 'is not in this account and region';
    throw new Unavailable(`stack ${StackName} ${what}`, 'deploy it, or give --url');
  });
