// The signed delivery of a job that was queued just now, for the one pool of the installation.
import { delivery, sign } from '../../webhook/deliveries.ts';
import { config, webhookSecret } from './installation.ts';

export function queued(id: number) {
  const event = delivery('workflow_job', {
    action: 'queued',
    repository: { full_name: 'film/color', private: false },
    installation: { id: Number(config.github.installations.film) },
    workflow_job: {
      id,
      run_id: 77,
      name: 'test',
      head_sha: 'f'.repeat(40),
      labels: ['gpu'],
      created_at: new Date().toISOString(),
    },
  });
  event.headers['x-hub-signature-256'] = sign(event.body ?? '', webhookSecret);
  return event;
}
