// The command `mac-image`: for each pool that needs an image of its own, how to make one.
import { parseArgs } from 'node:util';
import { hostOfferingsOf, macRungOf } from '../../../shared/policy/hosts.ts';
import type { Config } from '../../../shared/policy/schema.ts';
import { type Main, messageOf, Problem, UsageError } from '../command.ts';
import { stepLines } from './lines.ts';
import type { Wanted } from './steps.ts';

const usage = `Usage: npm run mac-image -- [<pool>]

Shows how to make an image of macOS, once and by hand, on which a user is logged in, so that jobs can open
windows: for the pools that say so by 'windowServer: true', else for all pools of Macs. Asks nobody.`;

export const macImage: Main = async (args, _environment, io, config) => {
  const { help, pool } = read(args);
  if (help) {
    io.out(usage);
    return 0;
  }
  for (const name of pool === undefined ? poolsOf(config) : [pool]) {
    for (const line of stepLines(wantedBy(config, name))) io.out(line);
  }
  return 0;
};

function read(args: string[]) {
  try {
    const options = { help: { type: 'boolean' } } as const;
    const { values, positionals } = parseArgs({ args, options, strict: true, allowPositionals: true });
    if (positionals.length > 1) throw new Error(`Name one pool, not ${positionals.length}`);
    return { help: values.help, pool: positionals[0] };
  } catch (error) {
    throw new UsageError(messageOf(error).split('. ')[0]);
  }
}

function poolsOf(config: Config): string[] {
  const macs = Object.keys(config.pools).filter((pool) => macRungOf(config, pool));
  const windows = macs.filter((pool) => macRungOf(config, pool)?.rung.windowServer);
  const found = windows.length > 0 ? windows : macs;
  if (found.length > 0) return found;
  throw new Problem("no pool has Macs of EC2: give one a rung { provider: 'mac' } in callsheet.config.ts");
}

function wantedBy(config: Config, pool: string): Wanted {
  const settings = config.pools[pool];
  const rung = macRungOf(config, pool)?.rung;
  const [host] = hostOfferingsOf(config, pool);
  if (!settings || !rung || !host) {
    throw new UsageError(`'${pool}' is no pool of Macs; there are ${poolsOf(config).join(', ')}`);
  }
  const { arch, machine } = settings;
  return { pool, arch, macos: rung.macos, host, user: machine.image.user, diskGiB: machine.diskGiB };
}
