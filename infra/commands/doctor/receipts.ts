// Does the reaper run, and has it kept its promise? Its receipt of yesterday says so.
import * as z from 'zod/mini';
import { Problem } from '../command.ts';
import { askApi } from '../page/api.ts';
import { type Check, type Finding, ok, skipped, warn } from './finding.ts';
import { stackOutput } from './stack.ts';

const check = 'receipts';
const dayMs = 86_400_000;
const patienceMs = 8000;

const rowsSchema = z.array(
  z.object({
    day: z.string(),
    from: z.string(),
    isClean: z.boolean(),
    words: z.string(),
    doubts: z.array(z.string()),
    sweeps: z.number(),
  }),
);
type Row = z.infer<typeof rowsSchema>[number];

/** Asks the deployed API, as the page does. */
export const receipts: Check = {
  name: check,
  async run({ config, secrets }) {
    const url = new URL(await stackOutput(config.installation, 'ApiUrl'));
    const token = (await secrets()).find(({ kind, fault }) => kind === 'token' && !fault)?.stored?.value;
    if (!token) return [skipped(check, 'no token to ask the API with', 'npm run secrets -- --create')];
    const api = { url, token, patienceMs };
    const answer = await askApi(api, 'receipts', '3', AbortSignal.timeout(patienceMs));
    if ('fault' in answer) throw new Problem(answer.fault);
    const { data } = rowsSchema.safeParse(JSON.parse(answer.rows));
    if (!data) throw new Problem('the API answers receipts of another version: deploy this one');
    return [findingOf(data, new Date())];
  },
};

/** In the first minutes of a day yesterday may not be over yet: what is known of it will do. */
function findingOf(rows: readonly Row[], now: Date): Finding {
  const yesterday = new Date(now.getTime() - dayMs).toISOString().slice(0, 10);
  const row = rows.find(({ day }) => day === yesterday);
  if (row) return wordsOf(row);
  const [newest] = rows;
  if (!newest) return warn(check, 'the reaper has not swept yet', silent);
  return rows.length === 1 && newest.day === now.toISOString().slice(0, 10)
    ? ok(check, `none yet: the first sweep was at ${newest.from}`)
    : warn(check, `none of ${yesterday}; the newest is of ${newest.day}`, silent);
}

const silent = 'README, "Runbook: reaper silent"';

function wordsOf({ day, words, sweeps, isClean, doubts }: Row): Finding {
  const found = `${day}: ${words} (${sweeps} sweeps)`;
  return isClean && doubts.length === 0
    ? ok(check, found)
    : warn(check, found, 'README, "A receipt is not clean"');
}
