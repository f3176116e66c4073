// The buildspec of CodeBuild builders: unpacks the agent, starts Docker where jobs need it, runs the agent.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

/** https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html */
export interface Buildspec {
  version: '0.2';
  phases: { build: { commands: string[] } };
}

const agentFolder = new URL('../../shared/agent/', import.meta.url);
const agentFiles = ['agent.sh', 'platform-codebuild.sh'];

/** Holds the agent and its home. The user of the runner must be able to pass through it. */
const folder = `"\${TMPDIR:-/tmp}/callsheet"`;
const home = `${folder}/home`;

/**
 * What a build of the pool does: no secret in it, and the same text for the same files. The commands share no
 * variables, so that it does not matter whether they share a shell.
 */
export function buildspec({ containers, gpu }: { containers: boolean; gpu: boolean }): Buildspec {
  const settings = [
    `CALLSHEET_HOME=${home}`,
    ...(containers ? ['CALLSHEET_DOCKER=1'] : []),
    ...(gpu ? ['CALLSHEET_GPU=1'] : []),
  ];
  const commands = [
    `mkdir -m 711 ${folder} && mkdir -m 700 ${home}`,
    `echo ${packedAgent()} | base64 -d | tar -xzf - -C ${folder}`,
    ...(containers ? [startDocker] : []),
    `${settings.join(' ')} sh ${folder}/agent.sh`,
  ];
  return { version: '0.2', phases: { build: { commands } } };
}

/**
 * AWS's own images have started it already. Succeeds whatever becomes of it: the agent's health check tells
 * with the end of the log why Docker does not answer.
 * https://docs.aws.amazon.com/codebuild/latest/userguide/sample-docker-custom-image.html
 */
const startDocker = `docker info > /dev/null 2>&1 || {
  nohup dockerd --host=unix:///var/run/docker.sock --storage-driver=overlay2 > ${home}/dockerd.log 2>&1 &
  timeout 30 sh -c 'until docker info || ! kill -0 "$0"; do sleep 1; done' "$!" > /dev/null 2>&1 || :
}`;

/** The agent's files as tar, gzip and base64. */
function packedAgent(): string {
  const files = agentFiles.map((name) => entry(name, readFileSync(new URL(name, agentFolder))));
  const packed = gzipSync(Buffer.concat([...files, Buffer.alloc(1024)]), { level: 9 });
  packed[9] = 255; // The operating system that packed it: not said.
  return packed.toString('base64');
}

/**
 * One file of a tar archive: it belongs to root and is of 1970.
 * https://www.gnu.org/software/tar/manual/html_node/Standard.html
 */
function entry(name: string, content: Buffer): Buffer {
  const header = Buffer.alloc(512);
  const write = (offset: number, text: string) => header.write(text, offset, 'latin1');
  write(0, name);
  write(100, '0000644'); // mode
  write(108, '0000000'); // user
  write(116, '0000000'); // group
  write(124, content.length.toString(8).padStart(11, '0'));
  write(136, '00000000000'); // time
  write(148, '        '); // checksum: counted as spaces
  write(156, '0'); // a plain file
  write(257, 'ustar\u000000');
  const sum = header.reduce((total, byte) => total + byte, 0);
  write(148, `${sum.toString(8).padStart(6, '0')}\u0000`);
  return Buffer.concat([header, content, Buffer.alloc(-content.length & 511)]);
}
