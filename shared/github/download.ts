// The runner program that GitHub expects in a place, with the hash of its archive.
import * as z from 'zod/mini';
import { type Place, parseScope } from '../contract/scope.ts';
import { Doubt, type Runners } from '../scheduler/ports.ts';
import type { GitHubClient } from './call.ts';
import { memory } from './memory.ts';
import { runnersAccess, runnersPath } from './places.ts';
import { bodyOf } from './reply.ts';

/**
 * What to run where GitHub gives no hash, by `<os>-<arch>` (`linux-x64`, `macos-arm64`). `sha256` is of the
 * archive, in hex.
 */
export type PinnedRunners = Partial<Record<string, { version: string; sha256: string }>>;

type Program = { url: string; sha256: string };

const keptMs = 600_000;
/** GitHub's words for operating systems, by ours. */
const systems: Partial<Record<string, string>> = { linux: 'linux', macos: 'osx', windows: 'win' };

const programs = z.array(
  z.object({
    os: z.string(),
    architecture: z.string(),
    download_url: z.string(),
    sha256_checksum: z.optional(z.string()),
  }),
);

/**
 * Kept for ten minutes. `os` is `linux`, `macos` or `windows`, `arch` is `x64` or `arm64`. Throws `Doubt`
 * when there is no program, or no hash for it
 * (https://docs.github.com/rest/actions/self-hosted-runners#list-runner-applications-for-an-organization).
 */
export function downloadOf(client: GitHubClient, pinned: PinnedRunners): Runners['download'] {
  const known = memory<Program>(client.now);
  return (scope, os, arch) => {
    const { place } = parseScope(scope);
    const load = async () => ({
      value: await findProgram(client, place, { os, arch, pin: pinned[`${os}-${arch}`] }),
      until: client.now() + keptMs,
    });
    return known.get(JSON.stringify([runnersAccess(place, 'read'), os, arch]), load);
  };
}

interface Wanted {
  os: string;
  arch: string;
  pin: { version: string; sha256: string } | undefined;
}

async function findProgram(client: GitHubClient, place: Place, { os, arch, pin }: Wanted): Promise<Program> {
  const system = systems[os] ?? os;
  const answer = await client.call({
    route: `GET ${runnersPath(place)}/downloads`,
    as: runnersAccess(place, 'read'),
    body: programs,
  });
  const program = bodyOf(answer).find((one) => one.os === system && one.architecture === arch);
  if (!program) throw new Doubt(`GitHub offers no runner for ${os}-${arch}`);
  const sha256 = program.sha256_checksum?.toLowerCase();
  if (sha256 && /^[0-9a-f]{64}$/.test(sha256)) return { url: program.download_url, sha256 };
  if (pin) return { url: releaseUrl(system, arch, pin.version), sha256: pin.sha256 };
  throw new Doubt(`GitHub gives no hash of the runner for ${os}-${arch}: pin a version and its SHA-256`);
}

/** Names of the archives as in the release notes of github.com/actions/runner. */
const releaseUrl = (system: string, arch: string, version: string): string =>
  `https://github.com/actions/runner/releases/download/v${version}/` +
  `actions-runner-${system}-${arch}-${version}.${system === 'win' ? 'zip' : 'tar.gz'}`;
