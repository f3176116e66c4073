// All mutants: at least one for each invariant, and for each rule of the design.
import type { Mutant } from './mutant.ts';
import { claims } from './table/claiming.ts';
import { ending } from './table/ending.ts';
import { facts } from './table/facts.ts';
import { launches } from './table/launching.ts';
import { ofMacs } from './table/macs.ts';
import { need } from './table/need.ts';
import { reaper } from './table/reaper.ts';

export const mutants: readonly Mutant[] = [
  ...facts,
  ...need,
  ...ending,
  ...launches,
  ...claims,
  ...reaper,
  ...ofMacs,
];
