// Routes of a simulated GitHub about check runs.
import * as z from 'zod/mini';
import type { Inside } from './inside.ts';
import { notFound, ok, pageOf, type Routes, refuse, repositoryOf, wordOf } from './routes.ts';

interface CheckRun {
  id: number;
  repository: string;
  head_sha: string;
  name: string;
  external_id: string;
  status: string;
  conclusion: string | null;
}

const created = z.object({
  head_sha: z.string(),
  name: z.string(),
  external_id: z.string(),
  status: z.string(),
});

/** https://docs.github.com/rest/checks/runs */
export function checkRoutes({ nextId }: Inside): Routes {
  const all = new Map<string, CheckRun>();
  const bySha = new Map<string, CheckRun[]>();
  const conclusionIn = ({ conclusion }: Record<string, unknown>): string | null =>
    typeof conclusion === 'string' ? conclusion : null;
  return {
    'POST /repos/{owner}/{repo}/check-runs'(parameters) {
      const wanted = { ...z.parse(created, parameters), conclusion: conclusionIn(parameters) };
      if (wanted.status === 'completed' && wanted.conclusion === null)
        return refuse(422, 'Invalid request. conclusion is required');
      const check = { ...wanted, id: Number(nextId()), repository: repositoryOf(parameters) };
      all.set(String(check.id), check);
      bySha.set(check.head_sha, [...(bySha.get(check.head_sha) ?? []), check]);
      return ok(check, 201);
    },
    'PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}'(parameters) {
      const check = all.get(wordOf(parameters, 'check_run_id'));
      if (check?.repository !== repositoryOf(parameters)) return notFound();
      const conclusion = conclusionIn(parameters);
      return ok(Object.assign(check, { conclusion, status: wordOf(parameters, 'status') }));
    },
    'GET /repos/{owner}/{repo}/commits/{ref}/check-runs'(parameters) {
      const ofCommit = bySha.get(wordOf(parameters, 'ref')) ?? [];
      const repository = repositoryOf(parameters);
      const found = ofCommit.filter(
        (check) => check.repository === repository && check.name === parameters.check_name,
      );
      return ok({ total_count: found.length, check_runs: pageOf(found, parameters) });
    },
  };
}
