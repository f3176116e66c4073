// What the functions log in a simulated world: an error that nothing outside explains breaks it.
import { holdsSecret } from './secrets.ts';
import { minute } from './time.ts';
import type { World } from './world.ts';

/** What an admin must know, whatever the weather. */
const always = [
  /permanent failure|quota of hosts|Dedicated Hosts of|its paid day is over/,
  // What the market of this world does not have.
  /^launch .*(says (Unsupported|VcpuLimitExceeded|Max\w+Exceeded)|AccountLimitExceeded)/,
];

/** While somebody outside does not do as he should, and shortly afterwards. */
const inTrouble = [
  // AWS or GitHub did not answer, took no more calls, or refused the App.
  /answer|Throttl|RequestLimitExceeded|InternalError|rate limit|GitHub has asked us to wait|the App lacks/i,
  // A part of a sweep was not sure, and did nothing; or was not reached, or not heard.
  /shows \d+ of \d+|page \d+ shows \d+|no sweep ended|, after a sweep at|another sweep|calls are left/,
  /not reached|could not be stopped/,
  // A machine that finds itself unfit says so before EC2 shows it: it says so again.
  /EC2 does not show/,
  // What was lost again and again, or waits.
  /^sweep: (delivery|deliveries in vain|job|old jobs)\b|^hold /,
];

/** So long after the last fault its consequences may still be told. */
const aftermathMs = 30 * minute;

/** Hears the lines of the functions' logs. */
export function listenTo(world: World): (line: Record<string, unknown>) => void {
  return (line) => {
    const { unit, level, why, pool, problems } = line;
    if (holdsSecret(line)) world.breaks(`invariant 5: a line of ${String(unit)} in the log holds a secret`);
    if (level === 'error') judge(world, `${String(unit)} ${String(pool ?? '')}: ${String(why)}`);
    if (Array.isArray(problems)) for (const problem of problems) judge(world, `sweep: ${String(problem)}`);
  };
}

function judge(world: World, line: string): void {
  world.say(line);
  const words = isFair(world) ? always : [...always, ...inTrouble];
  if (!words.some((pattern) => pattern.test(line))) world.breaks(`a function tells: ${line}`);
}

/** Nothing has gone wrong, or not for long. */
const isFair = ({ strikes, time }: World): boolean => {
  const last = strikes.at(-1);
  return !last || time.now() - last.at > aftermathMs;
};
