// The page's life: asks the API once a second while somebody looks, and queues sample jobs.
// Data reaches the page as textContent only: names, reasons and labels come from strangers.
import { builderRow, hostRow, hostTotals, jobRow, summary } from './words.js';

const everyMs = 1000;
const patienceMs = 5000;
const find = (id) => document.getElementById(id);
let seen = { jobs: [], builders: [], hosts: [] };
let seenAt = Date.now();

async function look() {
  if (document.visibilityState !== 'visible') return;
  try {
    const [jobs, builders, hosts] = await Promise.all([
      get('/api/jobs?limit=200'),
      get('/api/builders?limit=100'),
      get('/api/hosts?limit=100'),
    ]);
    seen = { jobs, builders, hosts };
    seenAt = Date.now();
    alarm('');
  } catch (error) {
    const ago = Math.round((Date.now() - seenAt) / 1000);
    alarm(
      `The service does not answer (${error.message}). What you see is ${ago} s old. Is npm start running?`,
    );
  }
  show(Date.now());
}

async function get(path) {
  const response = await fetch(path, { signal: AbortSignal.timeout(patienceMs), cache: 'no-store' });
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return response.json();
}

function alarm(text) {
  find('alarm').hidden = text === '';
  write(find('alarm'), text);
  document.body.classList.toggle('stale', text !== '');
}

function show(now) {
  write(find('summary'), summary(seen.jobs, seen.builders));
  fill('job', seen.jobs, (job) => jobRow(job, now));
  fill('builder', seen.builders, (builder) => builderRow(builder, now));
  find('hosts').hidden = seen.hosts.length === 0;
  write(find('host-totals'), hostTotals(seen.hosts));
  fill('host', seen.hosts, (host) => hostRow(host, now));
}

/** Keeps the row of an id and changes only its words, so that focus and selection survive. */
function fill(kind, items, rowOf) {
  const list = find(`${kind}-rows`);
  const old = new Map([...list.children].map((element) => [element.dataset.id, element]));
  const rows = items.map((item) => dress(old.get(item.id) ?? blank(kind, item.id), rowOf(item)));
  if (rows.length !== list.children.length || rows.some((row, i) => row !== list.children[i])) {
    list.replaceChildren(...rows);
  }
  const nothing = find(`no-${kind}s`);
  if (nothing) nothing.hidden = items.length > 0;
}

function blank(kind, id) {
  const template = kind === 'job' ? 'job-row' : 'machine-row';
  const element = find(template).content.firstElementChild.cloneNode(true);
  element.dataset.id = id;
  const link = element.querySelector('.log');
  if (link) link.href = logPath(id);
  return element;
}

function dress(element, row) {
  for (const field of ['phase', 'title', 'detail', 'why', 'time']) {
    write(element.querySelector(`.${field}`), row[field]);
  }
  element.querySelector('.phase').className = `phase ${row.tone}`;
  element.classList.toggle('gone', row.over);
  return element;
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

const logPath = (id) => `/local/jobs/${encodeURIComponent(id)}/log`;

async function queue(event) {
  event.preventDefault();
  const form = event.target;
  const fields = new FormData(form);
  const labels = fields.get('labels').split(/[\s,]+/);
  const job = {
    repository: fields.get('repository').trim(),
    labels: labels.filter(Boolean),
    run: fields.get('run'),
  };
  const button = form.querySelector('button');
  button.disabled = true;
  try {
    const response = await fetch('/local/jobs', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(job),
      signal: AbortSignal.timeout(patienceMs),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.message ?? `refused with ${response.status}`);
    say(`Queued as job ${answer.id}: `, answer.id);
    await look();
  } catch (error) {
    say(`Not queued: ${error.message}`);
  } finally {
    button.disabled = false;
  }
}

/** What came of the form; with a job's id, a link to its log. */
function say(text, id) {
  const place = find('answer');
  place.hidden = false;
  place.classList.toggle('bad', id === undefined);
  place.replaceChildren(text);
  if (id === undefined) return;
  const link = document.createElement('a');
  link.href = logPath(id);
  link.textContent = 'its log';
  place.append(link);
}

/** The next look begins a second after the last one has ended, so that looks never pile up. */
async function watch() {
  await look();
  setTimeout(watch, everyMs);
}

find('queue').addEventListener('submit', queue);
document.addEventListener('visibilitychange', look);
watch();
