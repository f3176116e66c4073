// The page's words: how a job or a builder reads at a moment. Pure; its types are in words.d.ts.

const tones = {
  waiting: 'wait',
  held: 'wait',
  running: 'work',
  success: 'good',
  failure: 'bad',
  refused: 'bad',
  timed_out: 'bad',
  booting: 'wait',
  claimed: 'wait',
  ready: 'good',
  busy: 'work',
};

/** The row of a job at `now` (ms since 1970 UTC). */
export function jobRow(job, now) {
  const phase = job.phase === 'done' ? (job.outcome ?? 'done') : job.phase;
  return {
    phase: phase.replaceAll('_', ' '),
    tone: tones[phase] ?? 'idle',
    title: `${job.repository.split('/').at(-1)} · ${job.name}`,
    detail: [`job ${job.id} of ${job.repository}`, job.labels.join(', '), job.builder && `on ${job.builder}`]
      .filter(Boolean)
      .join(' · '),
    why: job.why ?? '',
    time: jobTime(job, now),
    over: job.phase === 'done',
  };
}

function jobTime(job, now) {
  if (job.phase === 'waiting' || job.phase === 'held') return `waits ${span(job.queuedAt, now)}`;
  if (job.phase === 'running') return `runs ${span(job.startedAt ?? job.queuedAt, now)}`;
  if (job.builder === null || job.startedAt === null) return '';
  return `ran ${span(job.startedAt, Date.parse(job.endedAt ?? job.startedAt))}`;
}

/** The row of a builder at `now` (ms since 1970 UTC). */
export function builderRow(builder, now) {
  const ended = builder.endedAt === null ? now : Date.parse(builder.endedAt);
  const verb = builder.phase === 'gone' ? 'lived' : 'on set';
  return {
    phase: builder.phase === 'gone' ? 'wrapped' : builder.phase,
    tone: tones[builder.phase] ?? 'idle',
    title: builder.id,
    detail: [
      `${builder.provider}, pool ${builder.pool}`,
      builder.job && `job ${builder.job}`,
      builder.usd > 0 && `$${builder.usd.toFixed(4)}`,
    ]
      .filter(Boolean)
      .join(' · '),
    why: builder.why ?? '',
    time: `${verb} ${span(builder.launchedAt, ended)}`,
    over: builder.phase === 'gone',
  };
}

/** One sentence about everything. */
export function summary(jobs, builders) {
  const jobsIn = (...phases) => jobs.filter((job) => phases.includes(job.phase)).length;
  const onSet = builders.filter((builder) => builder.phase !== 'gone').length;
  return [
    `${jobsIn('waiting', 'held')} waiting`,
    `${jobsIn('running')} running`,
    `${jobsIn('done')} done`,
    `${onSet} ${onSet === 1 ? 'builder' : 'builders'} on set`,
  ].join(' · ');
}

/** `4 s`, `3 min 20 s`, `2 h 5 min`: from an ISO time to `until` in ms, never below zero. */
export function span(from, until) {
  const seconds = Math.max(0, Math.round((until - Date.parse(from)) / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}
