// What the parts of one sweep work with.
import type { Builder } from '../../scheduler/records.ts';
import type { Ports } from '../ports.ts';
import type { Orphan, SeenMachine } from './end-machines.ts';
import type { Report } from './report.ts';

export interface Sweeping {
  ports: Ports;
  report: Report;
  /** Do sightings of earlier sweeps count? */
  mayEnd: boolean;
  /** All records are known: none of them can be somebody's owner unseen. */
  isSure: boolean;
  /** By id: all builders on record, whatever pool a machine's tag names. */
  owners: ReadonlyMap<string, Builder>;
  /** Machines that nobody owns, but for those that are protected; and those of them that are to end. */
  unowned: SeenMachine[];
  orphans: Orphan[];
  /** Nothing is begun any more after this says so. */
  until(): boolean;
}
