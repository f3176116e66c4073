// Types of words.js, which the browser loads as it is.
import type { BuilderView, HostView, JobView, ReceiptView } from '../../../shared/contract/view.ts';

export interface Row {
  phase: string;
  tone: 'idle' | 'wait' | 'work' | 'good' | 'bad';
  title: string;
  detail: string;
  why: string;
  time: string;
  /** Nothing will change any more. */
  over: boolean;
}

export function jobRow(job: JobView, now: number): Row;
export function builderRow(builder: BuilderView, now: number): Row;
export function hostRow(host: HostView, now: number): Row;
export function hostTotals(hosts: HostView[]): string;
export function receiptRow(receipt: ReceiptView): Row;
export function summary(jobs: JobView[], builders: BuilderView[]): string;
export function span(from: string, until: number): string;
