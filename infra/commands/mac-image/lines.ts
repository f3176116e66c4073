// The steps as lines for the terminal: numbered, with what to type set off.
import { paidHours } from '../../../shared/policy/hosts.ts';
import { type Step, stepsFor, type Wanted } from './steps.ts';

/** All that an admin has to know and do. What stands in angle brackets is to be filled in. */
export const stepLines = (wanted: Wanted): string[] => [
  ...opening(wanted),
  ...stepsFor(wanted).flatMap((step, index) => ['', ...linesOf(step, index + 1)]),
  '',
  'An image costs money while it is there: its snapshot, about 0.05 USD a month for each GiB in use.',
];

function opening({ pool, arch, macos, host }: Wanted): string[] {
  const day = (host.usdPerHour * paidHours).toFixed(2);
  return [
    `An image for the pool '${pool}': macOS ${macos}, ${arch}, in ${host.region}. It takes half a day, once.`,
    `A host is paid for ${paidHours} hours at least: about ${day} USD for this one (${host.type}).`,
    'FileVault must stay off: a Mac with it waits for a password when it boots, and no job ever gets it.',
  ];
}

const linesOf = ({ title, notes, commands }: Step, number: number): string[] => [
  `${number}. ${title}`,
  ...notes.map((line) => `   ${line}`),
  ...commands.map((line) => `     ${line}`),
];
