// The page's life: asks the API again and again while somebody looks, and queues sample jobs where it can.
// Data reaches the page as textContent only: names, reasons and labels come from strangers.
// What /place.js says is up to the command that serves the page.
import { place } from './place.js';
import { builderRow, hostRow, hostTotals, jobRow, receiptRow, span, summary } from './words.js';

/** More than the API in the cloud is given, so that its fault is told in words. */
const patienceMs = 10_000;
const find = (id) => document.getElementById(id);
/** When what is shown was read, in ISO 8601. */
let seenAt;

async function look() {
  if (document.visibilityState !== 'visible') return;
  try {
    const [jobs, builders, hosts, receipts] = await Promise.all([
      get('/api/jobs?limit=200'),
      get('/api/builders?limit=100'),
      get('/api/hosts?limit=100'),
      get('/api/receipts?limit=7'),
    ]);
    show(jobs, builders, hosts, receipts, Date.now());
    seenAt = new Date().toISOString();
    alarm('');
  } catch (error) {
    const age = seenAt ? ` What you see is ${span(seenAt, Date.now())} old.` : '';
    alarm(`${error.message}.${age}`);
  }
}

async function get(path) {
  const answer = await fetch(path, { signal: AbortSignal.timeout(patienceMs), cache: 'no-store' }).catch(
    (error) => {
      throw new Error(`${place.command} does not answer (${error.message})`);
    },
  );
  if (answer.ok) return answer.json();
  const { message = answer.status } = await answer.json().catch(() => ({}));
  throw new Error(`No news from ${path.split('?')[0]}: ${message}`);
}

function alarm(text) {
  find('alarm').hidden = text === '';
  write(find('alarm'), text);
  document.body.classList.toggle('stale', text !== '');
}

function show(jobs, builders, hosts, receipts, now) {
  write(find('summary'), summary(jobs, builders));
  fill('job', jobs, (job) => jobRow(job, now));
  fill('builder', builders, (builder) => builderRow(builder, now));
  find('hosts').hidden = hosts.length === 0;
  write(find('host-totals'), hostTotals(hosts));
  fill('host', hosts, (host) => hostRow(host, now));
  find('receipts').hidden = receipts.length === 0;
  fill('receipt', receipts, receiptRow);
}

/** Keeps the row of an id (or day) and changes only its words, so that focus and selection survive. */
function fill(kind, items, rowOf) {
  const list = find(`${kind}-rows`);
  const old = new Map([...list.children].map((element) => [element.dataset.id, element]));
  const rows = items.map((item) => {
    const id = item.id ?? item.day;
    return dress(old.get(id) ?? blank(kind, id), rowOf(item));
  });
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
  if (link && place.samples) link.href = logPath(id);
  else link?.remove();
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
  const line = find('answer');
  line.hidden = false;
  line.classList.toggle('bad', id === undefined);
  line.replaceChildren(text);
  if (id === undefined) return;
  const link = document.createElement('a');
  link.href = logPath(id);
  link.textContent = 'its log';
  line.append(link);
}

/** The next look begins a while after the last one has ended, so that looks never pile up. */
async function watch() {
  await look();
  setTimeout(watch, place.everyMs);
}

write(find('place'), place.name);
find('queue').hidden = !place.samples;
find('queue').addEventListener('submit', queue);
document.addEventListener('visibilitychange', look);
watch();
