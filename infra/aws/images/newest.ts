// A function of CloudFormation: finds the newest image of a name and an owner, for a recipe to build on.
import { DescribeImagesCommand, EC2Client, type Image } from '@aws-sdk/client-ec2';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html */
export interface Request {
  RequestType: 'Create' | 'Update' | 'Delete';
  ResponseURL: string;
  StackId: string;
  RequestId: string;
  LogicalResourceId: string;
  PhysicalResourceId?: string;
  ResourceProperties: Wanted;
}

export interface Wanted {
  /** `*` stands for anything. */
  Name: string;
  Owner: string;
  Architecture: 'x86_64' | 'arm64';
}

/** Answers CloudFormation by its address, with `ImageId` or the reason why there is none. */
export async function handler(request: Request): Promise<void> {
  const { StackId, RequestId, LogicalResourceId, PhysicalResourceId = RequestId } = request;
  const answer = request.RequestType === 'Delete' ? { Status: 'SUCCESS' } : await answerFor(request);
  const body = JSON.stringify({ StackId, RequestId, LogicalResourceId, PhysicalResourceId, ...answer });
  // As bytes, since a text would be sent with a content type, and the address is signed for none.
  await fetch(request.ResponseURL, { method: 'PUT', body: Buffer.from(body) });
}

async function answerFor({ ResourceProperties }: Request) {
  try {
    const ImageId = await newestImage(ResourceProperties);
    return { Status: 'SUCCESS', PhysicalResourceId: ImageId, Data: { ImageId } };
  } catch (error) {
    return { Status: 'FAILED', Reason: error instanceof Error ? error.message : String(error) };
  }
}

/** Throws when there is none. */
async function newestImage({ Name, Owner, Architecture }: Wanted): Promise<string> {
  const { Images = [] } = await new EC2Client({}).send(
    new DescribeImagesCommand({
      Owners: [Owner],
      Filters: [
        { Name: 'name', Values: [Name] },
        { Name: 'architecture', Values: [Architecture] },
        { Name: 'state', Values: ['available'] },
      ],
    }),
  );
  const [newest] = Images.sort((one, other) => madeAt(other).localeCompare(madeAt(one)));
  if (newest?.ImageId) return newest.ImageId;
  throw new Error(`no ${Architecture} image of ${Owner} is called '${Name}': correct aws.images.<name>.base`);
}

const madeAt = ({ CreationDate = '' }: Image): string => CreationDate;
