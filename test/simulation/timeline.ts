// What happened in a world, to be read: when, who, what; all of it, or only what has to do with some things.
import { kindWords } from './kinds.ts';
import type { Strike } from './strikes.ts';

/** A world that has ended, as far as its story goes. */
export interface Told {
  /** Lines that begin with seconds since the start. */
  story: readonly string[];
  strikes: readonly Strike[];
  start: number;
}

interface Line {
  at: number;
  actor: string;
  what: string;
}

/** The whole story. */
export const timeline = (told: Told): string[] => printed(linesOf(told));

/**
 * What has to do with the things that are named in `what`, and faults. A machine is named with its job, and
 * a job with its machine: who ran on whom is part of its story.
 */
export function timelineAbout(told: Told, what: string): string[] {
  const lines = linesOf(told);
  const names = related(lines, namesIn(what, lines));
  const isAbout = ({ actor, what }: Line): boolean =>
    names.size === 0 || actor === faultActor || actor === brokenActor || mentions(what, names);
  return printed(withoutOldFaults(lines.filter(isAbout)));
}

/** Of faults the last ones are told, of which the first that broke something may be the consequence. */
function withoutOldFaults(lines: readonly Line[]): Line[] {
  const brokenAt = lines.findIndex(({ actor }) => actor === brokenActor);
  const faults = lines
    .slice(0, brokenAt < 0 ? undefined : brokenAt)
    .filter(({ actor }) => actor === faultActor);
  const old = new Set(faults.slice(0, -mostFaults));
  return lines.filter((line) => !old.has(line));
}

/** So many faults are told of a world that could not be made smaller. */
const mostFaults = 20;

const faultActor = '! fault';
const brokenActor = 'BROKEN';

function linesOf({ story, strikes, start }: Told): Line[] {
  const faults = strikes.map(({ at, kind, name }): Line => {
    return { at: at - start, actor: faultActor, what: `${kindWords[kind]} (${name})` };
  });
  return [...story.map(lineOf), ...faults].sort((a, b) => a.at - b.at);
}

/** Who speaks, by how a line begins. The first that fits it is. */
const actors: [string, RegExp][] = [
  [brokenActor, /^BROKEN: /],
  ['GitHub', /^GitHub: /],
  ['table', /^table: /],
  ['cloud', /^(cloud|EC2|CodeBuild): /],
  ['builder', /^(agent|claim|job|progress|finished|failure|builder-api|call)\b/],
  ['webhook', /^webhook\b/],
  ['dispatcher', /^(dispatcher|pass|launch|hold)\b/],
  ['reaper', /^(reaper|sweep|the schedule)\b/],
];

function lineOf(text: string): Line {
  const [, seconds = '0', what = text] = /^\s*([\d.]+)s\s+(.*)$/s.exec(text) ?? [];
  const [actor, pattern] = actors.find(([, begins]) => begins.test(what)) ?? ['', /^$/];
  const isSpoken = pattern.source.endsWith(': ');
  return { at: Number(seconds) * 1000, actor, what: isSpoken ? what.replace(pattern, '') : what };
}

/** What has a line of its own: jobs, machines, launches. A figure is no id, though it may look like one. */
function namesIn(text: string, lines: readonly Line[]): Set<string> {
  const ids = new Set(
    lines.flatMap(({ what }) => /^(?:(?:job|builder|launch) )?([\w-]+)/.exec(what)?.[1] ?? []),
  );
  return new Set((text.match(/[\w-]*\d[\w-]*/g) ?? []).filter((word) => ids.has(word)));
}

/** Two names in one line: of a job and the runner that it runs on, of a machine and its launch. */
const pairs = [/^(\S+) runs on callsheet-[a-z0-9]+-(.+)-\d+-\d+$/, /^builder (\S+) of (\S+) is /];

/** The names, and those that a line brings together with one of them: a machine, its job and its launch. */
function related(lines: readonly Line[], names: ReadonlySet<string>): Set<string> {
  const all = new Set(names);
  for (let round = 0; round < 2; round += 1) {
    for (const { what } of lines) {
      for (const pair of pairs) {
        const [, one, other] = pair.exec(what) ?? [];
        if (one === undefined || other === undefined) continue;
        if (all.has(one) || all.has(other)) all.add(one).add(other);
      }
    }
  }
  return all;
}

function mentions(what: string, names: ReadonlySet<string>): boolean {
  const words = what.split(/[\s:,()]+/);
  return words.some((word) => [...names].some((name) => word === name || isPart(word, name)));
}

/** The machine of a runner's name; a short number is only a job. */
const isPart = (word: string, name: string): boolean => name.length > 4 && word.includes(name);

function printed(lines: readonly Line[]): string[] {
  const width = Math.max(0, ...lines.map(({ actor }) => actor.length));
  return lines.map(({ at, actor, what }) => `${clock(at)}  ${actor.padEnd(width)}  ${what}`);
}

/** Minutes and seconds: `07:05`. */
function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const parts = [Math.floor(seconds / 60), seconds % 60];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}
