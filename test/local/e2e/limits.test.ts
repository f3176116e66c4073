// More jobs than room, and projects that GitHub lets us serve no more.
import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { signature } from '../../../infra/local/github/deliveries.ts';
import { allIsWell, homesIn } from './checks.ts';
import { type Asked, longest, type Play, play, webhookSecret } from './harness.ts';
import { until } from './until.ts';

it('serves twelve jobs with four builders at a time', longest, async () => {
  const stage = await play();
  const gate = stage.gate();
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, homesIn(stage.folder).length);
  }, 10);
  for (let n = 0; n < 12; n += 1) stage.queue({ after: gate.command });
  await until(() => stage.marks().length === 4, 'four jobs run');
  await until(
    async () => (await stage.jobs()).filter(({ why }) => why?.startsWith('All 4 builders')).length === 8,
    'the others are told that there is no room',
  );
  gate.open();
  await allIsWell(stage);
  clearInterval(watch);
  expect(most).toBe(4);
});

it('holds the jobs of an organization that has removed the App, and serves the others', longest, async () => {
  const stage = await play({ installations: { film: 71 } });
  const gone = stage.queue({ repository: 'solo/one', labels: ['xl'], fate: 'held' });
  await deliverLast(stage, gone, 72);
  stage.queue({ labels: ['xl'] });
  await allIsWell(stage, [/the sweep met .* solo/]);
});

it('holds the jobs of a project whose runner group is missing, and says so', longest, async () => {
  const group = { name: 'callsheet-lights', repositories: ['film/lights'] };
  const stage = await play({ groups: { film: [group] } });
  stage.queue({ repository: 'film/open', fate: 'held' });
  const held = await until(
    async () => (await stage.jobs()).find(({ phase }) => phase === 'held'),
    'it is held',
  );
  expect(held.why).toContain("organization 'film' has no runner group 'callsheet-open'");
  stage.queue();
  await allIsWell(stage, [/the sweep met .* callsheet-(open|strict)/]);
});

/** What GitHub sent before the App was removed: the delivery of a queued job, signed. */
async function deliverLast({ url, github }: Play, asked: Asked, installation: number): Promise<void> {
  const job = github.jobs().find(({ id }) => id === asked.id);
  const body = JSON.stringify({
    action: 'queued',
    repository: { full_name: job?.repository },
    installation: { id: installation },
    workflow_job: {
      id: Number(job?.id),
      run_id: Number(job?.runId),
      run_attempt: 1,
      name: job?.name,
      head_sha: job?.headSha,
      labels: job?.labels,
      status: 'queued',
      created_at: new Date().toISOString(),
    },
  });
  const headers = {
    'content-type': 'application/json',
    'x-github-event': 'workflow_job',
    'x-github-delivery': randomUUID(),
    'x-hub-signature-256': signature(webhookSecret, body),
  };
  const answer = await fetch(`${url}/github/webhooks`, { method: 'POST', headers, body });
  expect(answer.status).toBe(202);
}
