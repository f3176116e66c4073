// `npm run mac-image`, as an admin sees it.
import { describe, expect, it } from 'vitest';
import { perform } from '../../infra/commands/command.ts';
import { macImage } from '../../infra/commands/mac-image/main.ts';
import { parseConfig } from '../../shared/policy/schema.ts';
import { config as shipped } from '../../shared/runtime/config.ts';
import { configuration } from './configuration.ts';

const macs = (rung: Record<string, unknown>, arch = 'arm64') => ({
  os: 'macos',
  arch,
  trustedOnly: true,
  ladder: [{ provider: 'mac', ...rung }],
  maximum: 1,
});

const config = parseConfig({
  ...configuration,
  aws: { region: 'us-east-1', regions: { 'us-east-1': {}, 'eu-west-1': { priceFactor: 2 } } },
  pools: {
    ...configuration.pools,
    mac: { labels: ['mac'], ...macs({}) },
    draw: {
      labels: ['draw'],
      ...macs({ windowServer: true, region: 'eu-west-1', macos: 'sonoma' }, 'x64'),
      machine: { diskGiB: 300, image: { ids: { 'eu-west-1': 'ami-0aaaaaaaaaaaaaaaa' } } },
    },
  },
  projects: {
    ...configuration.projects,
    ocio: { ...configuration.projects.ocio, pools: ['gpu', 'mac', 'draw'], maxUsdPerDay: 500 },
  },
});

async function run(args: string[], of = config) {
  const lines: string[] = [];
  const errors: string[] = [];
  const io = { out: (line: string) => lines.push(line), err: (line: string) => errors.push(line) };
  const code = await perform(macImage, args, {}, io, async () => of);
  return { code, said: lines.join('\n'), lines, errors };
}

describe('npm run mac-image', () => {
  it('shows for the shipped configuration how an image is made, what that costs, and the traps', async () => {
    const { code, said, lines } = await run([], shipped);
    expect(code).toBe(0);
    expect(said).toContain("An image for the pool 'mac': macOS sequoia, arm64, in us-east-1.");
    expect(said).toContain('24 hours at least: about 15.60 USD for this one (mac2.metal)');
    expect(said).toContain('FileVault must stay off');
    expect(said).toContain('quotas/L-5D8DADF5?region=us-east-1');
    expect(said).toContain('resolve:ssm:/aws/service/ec2-macos/sequoia/arm64_mac/latest/image_id');
    expect(lines.filter((line) => line.length > 110)).toEqual([]);
    const commands = [
      'aws ec2 allocate-hosts',
      'aws ec2 run-instances',
      'fdesetup status',
      'RandomizePassword = false',
      'sudo passwd ec2-user',
      'sysadminctl -autologin set -userName ec2-user',
      'sysadminctl -screenLock off',
      'softwareupdate --schedule off',
      'xcodebuild -license accept',
      'stat -f %Su /dev/console',
      'aws ec2 create-image',
      "machine: { image: { ids: { 'us-east-1': '<ami-…>' } } },",
      'aws ec2 terminate-instances',
      'aws ec2 release-hosts',
    ];
    const at = commands.map((command) => said.indexOf(command));
    expect(at.every((place, index) => place > (at[index - 1] ?? 0))).toBe(true);
  });

  it('shows only pools with windows where there are such', async () => {
    const { said } = await run([]);
    expect(said).not.toContain("the pool 'mac'");
    expect(said).toContain("An image for the pool 'draw': macOS sonoma, x64, in eu-west-1.");
    expect(said).toContain('about 51.98 USD for this one (mac1.metal)');
    expect(said).toContain('sonoma/x86_64_mac/latest');
    expect(said).toContain('VolumeSize=300');
    expect(said).toContain('--availability-zone eu-west-1a');
  });

  it('shows the pool that is asked for', async () => {
    const { code, said } = await run(['mac']);
    expect([code, said.includes("the pool 'mac'"), said.includes("the pool 'draw'")]).toEqual([
      0,
      true,
      false,
    ]);
  });

  it.each([
    [['gpu'], "'gpu' is no pool of Macs; there are draw"],
    [['a', 'b'], 'Name one pool, not 2'],
    [['--ask'], "Unknown option '--ask'"],
  ])('says what is wrong with %j', async (args, why) => {
    const { code, errors } = await run(args);
    expect(code).toBe(2);
    expect(errors.join('\n')).toContain(why);
  });

  it('says that no pool has Macs', async () => {
    const { code, errors } = await run([], parseConfig(configuration));
    expect(code).toBe(1);
    expect(errors.join('\n')).toContain("no pool has Macs of EC2: give one a rung { provider: 'mac' }");
  });
});
