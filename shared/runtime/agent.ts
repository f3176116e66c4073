// The agent as machines of EC2 fetch it. A bundle carries the archive instead of this module: see
// infra/aws/bundle.ts.
import { agentFiles, packedAgent } from '../agent/pack.ts';

/** The `.tar.gz` in base64. Read when it is asked for: on one computer nobody does. */
export const agentArchive = (): string => packedAgent(agentFiles.ec2).toString('base64');
