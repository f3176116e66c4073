// Macs of EC2 that builders can be: what they have, what their hosts cost, which macOS they run.
import type { MacFamily } from '../contract/offerings.ts';
import type { Architecture, MacOs } from './config.ts';

/** One kind of Mac: bare metal, one machine on a host, with a GPU that Metal works on. */
export interface Mac {
  type: `${MacFamily}.metal`;
  arch: Architecture;
  chip: string;
  cores: number;
  memoryGiB: number;
  /** US dollars for an hour of the host in us-east-1. The machine on it costs nothing more. */
  usdPerHour: number;
  /** False: found in one place only, or told by heart. Look into your region's price list. */
  isPriceSure: boolean;
  /** Versions that are known to run, oldest first. */
  macos: readonly MacOs[];
}

/** As an admin may write them, cheapest chips of a generation first. */
export const macFamilies = [
  'mac1',
  'mac2',
  'mac2-m2',
  'mac2-m2pro',
  'mac2-m1ultra',
  'mac-m4',
  'mac-m4pro',
  'mac-m4max',
  'mac-m3ultra',
] as const satisfies readonly MacFamily[];

/** Oldest first: AWS publishes images of them. */
export const macOsNames = ['sonoma', 'sequoia', 'tahoe'] as const satisfies readonly MacOs[];

/** Apple's last version for the Mac mini of 2018 is Sequoia. */
const intel = ['sonoma', 'sequoia'] as const;
/** The M4 and the M3 Ultra came out with Sequoia. */
const recent = ['sequoia', 'tahoe'] as const;

/**
 * Prices as others read them from AWS's list in 2026. What runs Tahoe is what Apple says of the hardware:
 * that EC2 starts it on every kind has not been tried.
 * https://aws.amazon.com/ec2/dedicated-hosts/pricing/ and
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-mac-instances.html
 */
export const macs: Readonly<Record<MacFamily, Mac>> = {
  mac1: {
    type: 'mac1.metal',
    arch: 'x64',
    chip: 'Intel Core i7',
    cores: 6,
    memoryGiB: 32,
    usdPerHour: 1.083,
    isPriceSure: false,
    macos: intel,
  },
  mac2: {
    type: 'mac2.metal',
    arch: 'arm64',
    chip: 'M1',
    cores: 8,
    memoryGiB: 16,
    usdPerHour: 0.65,
    isPriceSure: true,
    macos: macOsNames,
  },
  'mac2-m2': {
    type: 'mac2-m2.metal',
    arch: 'arm64',
    chip: 'M2',
    cores: 8,
    memoryGiB: 24,
    usdPerHour: 0.878,
    isPriceSure: true,
    macos: macOsNames,
  },
  'mac2-m2pro': {
    type: 'mac2-m2pro.metal',
    arch: 'arm64',
    chip: 'M2 Pro',
    cores: 12,
    memoryGiB: 32,
    usdPerHour: 1.56,
    isPriceSure: true,
    macos: macOsNames,
  },
  'mac2-m1ultra': {
    type: 'mac2-m1ultra.metal',
    arch: 'arm64',
    chip: 'M1 Ultra',
    cores: 20,
    memoryGiB: 128,
    usdPerHour: 5,
    isPriceSure: false,
    macos: macOsNames,
  },
  'mac-m4': {
    type: 'mac-m4.metal',
    arch: 'arm64',
    chip: 'M4',
    cores: 10,
    memoryGiB: 24,
    usdPerHour: 1.23,
    isPriceSure: false,
    macos: recent,
  },
  'mac-m4pro': {
    type: 'mac-m4pro.metal',
    arch: 'arm64',
    chip: 'M4 Pro',
    cores: 14,
    memoryGiB: 48,
    usdPerHour: 1.97,
    isPriceSure: true,
    macos: recent,
  },
  'mac-m4max': {
    type: 'mac-m4max.metal',
    arch: 'arm64',
    chip: 'M4 Max',
    cores: 16,
    memoryGiB: 128,
    usdPerHour: 6.25,
    isPriceSure: true,
    macos: recent,
  },
  'mac-m3ultra': {
    type: 'mac-m3ultra.metal',
    arch: 'arm64',
    chip: 'M3 Ultra',
    cores: 28,
    memoryGiB: 256,
    usdPerHour: 12.5,
    isPriceSure: true,
    macos: recent,
  },
};

const usual: Record<Architecture, readonly MacFamily[]> = {
  arm64: ['mac2', 'mac2-m2', 'mac-m4'],
  x64: ['mac1'],
};

/** Each family with its chip: those that are usual first, then the others. */
export const familiesWithChips: readonly string[] = [
  ...new Set([...usual.arm64, ...usual.x64, ...macFamilies]),
].map((family) => `${family} (${shortChip(macs[family])})`);

/** `M1`, `M2 Pro`, or `Intel`. */
function shortChip({ chip }: Mac): string {
  return chip.startsWith('Intel') ? 'Intel' : chip;
}

/** The family that a chip (`M2 Pro`), a type (`mac2.metal`), or its name in capitals surely means. */
export function familyMeant(word: string): MacFamily | undefined {
  const wanted = bare(word);
  return macFamilies.find((family) => wanted === bare(family) || wanted === bare(shortChip(macs[family])));
}

const bare = (word: string): string => word.toLowerCase().replaceAll(/^apple|\.metal$|[\s-]/g, '');

/** The kinds that are asked for where the configuration names none. Empty: none runs that version. */
export const usualFamilies = (arch: Architecture, macos: MacOs): MacFamily[] =>
  usual[arch].filter((family) => macs[family].macos.includes(macos));
