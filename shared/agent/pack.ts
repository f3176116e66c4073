// The agent as an archive: the files that each kind of machine needs, packed to the same bytes every time.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

/** What the agent consists of, by what it runs on: files of this folder. Macs are machines of EC2, too. */
export const agentFiles = {
  codebuild: ['agent.sh', 'gpu.sh', 'linux.sh', 'machine.sh', 'platform-codebuild.sh'],
  ec2: ['agent.sh', 'gpu.sh', 'linux.sh', 'machine.sh', 'metadata.sh', 'platform-ec2.sh', 'platform-mac.sh'],
} as const;

/**
 * Files of this folder as a `.tar.gz`, from the same files always the same bytes. Throws when one is missing:
 * a bundle that packs the agent needs this folder beside it.
 */
export function packedAgent(files: readonly string[]): Buffer {
  const entries = files.map((name) => entry(name, readFileSync(new URL(name, import.meta.url))));
  const packed = gzipSync(Buffer.concat([...entries, Buffer.alloc(1024)]), { level: 9 });
  packed[9] = 255; // The operating system that packed it: not said.
  return packed;
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
