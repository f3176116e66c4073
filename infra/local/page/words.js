// The page's words: how a job, a builder, a host or a receipt reads at a moment. Pure; types in words.d.ts.

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
  asked: 'wait',
  idle: 'good',
  resetting: 'wait',
  cleaning: 'wait',
  unusable: 'bad',
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
      builder.provider === 'mac' && 'paid with its host',
      builder.usd > 0 && `$${builder.usd.toFixed(4)}`,
    ]
      .filter(Boolean)
      .join(' · '),
    why: builder.why ?? '',
    time: `${verb} ${span(builder.launchedAt, ended)}`,
    over: builder.phase === 'gone',
  };
}

/** The row of a host at `now` (ms since 1970 UTC). */
export function hostRow(host, now) {
  const [, , type, zone] = host.offering.split('/');
  return {
    phase: host.phase,
    tone: tones[host.phase] ?? 'idle',
    title: [host.id, type && `${type} in ${zone}`].filter(Boolean).join(' · '),
    detail: [
      `pool ${host.pool}`,
      ...hostFigures(host),
      host.hoursCleaning > 0 && `cleaned itself ${host.hoursCleaning.toFixed(1)} h unpaid`,
      host.project && `paid by ${host.project}`,
      host.builder && `now ${host.builder}`,
    ]
      .filter(Boolean)
      .join(' · '),
    why: host.why,
    time: hostTime(host, now),
    over: host.phase === 'released',
  };
}

/** What all hosts together cost, and what for. */
export function hostTotals(hosts) {
  const figures = { usd: 0, usdCommitted: 0, hoursPaid: 0, jobs: 0, hoursUsed: 0 };
  for (const host of hosts) for (const field of Object.keys(figures)) figures[field] += host[field];
  const held = hosts.filter((host) => host.phase !== 'released').length;
  return [`${held} held, ${hosts.length - held} released`, ...hostFigures(figures)].join(' · ');
}

/** While a paid day runs its end is paid for as well: so much it costs at least. */
function hostFigures({ usd, usdCommitted, hoursPaid, jobs, hoursUsed }) {
  const [soFar, least] = [usd, usdCommitted].map((sum) => sum.toFixed(2));
  return [
    `${soFar === least ? `$${soFar}` : `$${soFar} of $${least} at least`} for ${hoursPaid.toFixed(1)} h`,
    jobs === 0 ? 'no job yet' : `${jobs} ${jobs === 1 ? 'job' : 'jobs'} in ${hoursUsed.toFixed(1)} h`,
    ...(jobs === 0 ? [] : [`$${(usdCommitted / jobs).toFixed(2)} a job`]),
  ];
}

function hostTime(host, now) {
  if (host.releaseAt !== null) {
    const left = span(new Date(now).toISOString(), Date.parse(host.releaseAt));
    return `leaves ${host.releaseAt.slice(11, 16)} UTC, in ${left}`;
  }
  if (host.allocatedAt === null) return '';
  return `held ${span(host.allocatedAt, host.releasedAt === null ? now : Date.parse(host.releasedAt))}`;
}

/** Things that the row of a day lists. */
const mostShown = 10;

/** The row of a day: what the reaper says of it. */
export function receiptRow(receipt) {
  const sweeps = `${receipt.sweeps.toLocaleString('en')} ${receipt.sweeps === 1 ? 'sweep' : 'sweeps'}`;
  const shown = receipt.found.slice(0, mostShown).map(foundWords);
  const more = receipt.found.length - shown.length + receipt.more;
  return {
    phase: receipt.isOver ? dayWords(receipt.day) : 'today',
    tone: receipt.isClean ? (receipt.doubts.length > 0 ? 'wait' : 'good') : 'bad',
    title: receipt.words,
    detail: '',
    why: shown.concat(more > 0 ? `and ${more} more` : []).join('\n'),
    time: `${sweeps}${receipt.troubled > 0 ? `, ${receipt.troubled} troubled` : ''}`,
    over: receipt.isOver,
  };
}

/** `21 Nov`, in UTC as the day is. */
const dayWords = (day) =>
  new Date(day).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });

/** `machine i-0abc in us-east-1 · since 2026-11-21 10:02 UTC · ended after 3 min 5 s · $0.0438`. */
function foundWords({ kind, id, place, since, until, usd, protected: isProtected }) {
  return [
    place === null ? `${kind} ${id}` : `${kind} ${id} in ${place}`,
    `since ${since.slice(0, 16).replace('T', ' ')} UTC`,
    until === null ? 'not ended' : `ended after ${span(since, Date.parse(until))}`,
    isProtected && 'protected',
    usd > 0 && `$${usd.toFixed(4)}`,
  ]
    .filter(Boolean)
    .join(' · ');
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
