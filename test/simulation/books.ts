// Watches the table of a simulated world: at each write the money and the words must be right.
import type { Config } from '../../shared/policy/schema.ts';
import { ageLimit } from '../../shared/scheduler/limits.ts';
import { costOf, dayOf, microUsd, sumsOf, worstCase } from '../../shared/scheduler/money.ts';
import { limitsOf } from '../../shared/operations/ports.ts';
import { standardLimits } from '../../shared/scheduler/limits.ts';
import type { Builder, Item, Job, Launch } from '../../shared/scheduler/records.ts';
import type { OpenTable } from '../../shared/scheduler/ports.ts';
import type { Ledger } from '../../shared/scheduler/shared-records.ts';
import type { World } from './world.ts';

