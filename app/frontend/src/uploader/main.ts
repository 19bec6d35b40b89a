/** Screen A: who is it for, drop the disc, look, send, take the disc out. */

import './uploader.css';
import { type Disc, type Found, fromDrop, fromInput, sort } from './collect';
import { type Progress, Refusal, type Upload, progress, reason, send } from './send';
import { count, size, span } from './words';

const find = <T extends HTMLElement = HTMLElement>(id: string): T => document.getElementById(id) as T;

const form = find<HTMLFormElement>('new-disc');
const drop = find('drop');
const summary = find('summary');
const sendButton = find<HTMLButtonElement>('send');
const bar = find<HTMLProgressElement>('bar');
const now = find('now');
const note = find('note');
const problem = find('problem');

let disc: Disc = { files: [], leftBehind: [] };
const bytesOf = (files: readonly Found[]): number => files.reduce((sum, { file }) => sum + file.size, 0);

function look(found: readonly Found[]): void {
  disc = sort(found);
  const total = bytesOf(disc.files);
  problem.hidden = true;
  if (disc.files.length === 0) {
    complain('There is nothing to send in what you chose. Choose the disc itself, or the folder that holds its files.');
    return;
  }
  if (disc.files.some(({ path }) => /\.(zip|iso)$/i.test(path)) && disc.files.length === 1) {
    complain('Open this archive first, then choose the folder that was in it.');
    sendButton.disabled = true;
    return;
  }
  const stays = disc.leftBehind.length;
  summary.textContent = `${count(disc.files.length)} files, ${size(total)}.` + (stays ? ` ${count(stays)} programs stay on the disc.` : '');
  sendButton.textContent = `Send ${count(disc.files.length)} files (${size(total)})`;
  sendButton.disabled = false;
  drop.dataset['state'] = 'chosen';
  sendButton.focus();
}

function complain(sentence: string): void {
  problem.textContent = sentence;
  problem.hidden = false;
}

async function begin(): Promise<Upload> {
  const text = (name: string): string => String(new FormData(form).get(name) ?? '').trim();
  const response = await fetch(form.action, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'application/json', 'X-CSRFToken': text('csrf_token') },
    body: JSON.stringify({ name: text('name'), birth_date: text('birth_date'), patient_id: text('patient_id'), label: text('label') }),
  });
  if (!response.ok) throw new Refusal(await reason(response));
  return (await response.json()) as Upload;
}

async function run(): Promise<void> {
  const total = bytesOf(disc.files);
  const started = performance.now();
  let files = 0;
  let bytes = 0;
  const unreadable: string[] = [];
  const upload = await begin();
  document.body.dataset['step'] = 'sending';
  find<HTMLAnchorElement>('prepare').href = upload.share;
  bar.max = Math.max(total, 1);
  const tell = (): void => {
    bar.value = bytes;
    const perSecond = bytes / ((performance.now() - started) / 1000);
    const left = bytes > 0 ? `, ${span((total - bytes) / perSecond)} left` : '';
    now.textContent = `${count(files)} of ${count(disc.files.length)} files, ${size(bytes)} of ${size(total)}${left}`;
  };
  tell();
  await send(upload, disc.files, disc.leftBehind.length, {
    sent: (f, b) => {
      files += f;
      bytes += b;
      tell();
    },
    lost: () => {
      note.textContent = `Connection lost. ${count(files)} of ${count(disc.files.length)} are safe; we'll go on by ourselves.`;
    },
    found: () => {
      note.textContent = '';
    },
    unreadable: (path) => {
      unreadable.push(path);
      complain(`${count(unreadable.length)} files couldn't be read. Clean the disc and send it again, or go on without them. ${unreadable.slice(0, 5).join(', ')}`);
    },
  });
  removeEventListener('beforeunload', warn);
  document.body.dataset['step'] = 'reading';
  note.textContent = 'You can take the disc out. You may leave this page.';
  await watch(upload);
}

/** Follows the server's reading until a person can go on. */
async function watch(upload: Upload): Promise<void> {
  for (;;) {
    const at: Progress = await progress(upload);
    bar.max = Math.max(at.files, 1);
    bar.value = at.read;
    now.textContent = `Checking ${count(at.read)} of ${count(at.files)} files`;
    if (at.state !== 'receiving' && at.state !== 'ingesting') {
      document.body.dataset['step'] = 'done';
      location.assign(upload.page);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 700));
  }
}

function warn(event: BeforeUnloadEvent): void {
  event.preventDefault();
}

function fail(error: unknown): void {
  removeEventListener('beforeunload', warn);
  document.body.dataset['step'] = 'choosing';
  sendButton.disabled = false;
  complain(error instanceof Refusal ? error.message : 'The page lost touch with the server. What arrived is safe. Press Send to try again.');
}

for (const input of document.querySelectorAll<HTMLInputElement>('input[type=file]')) {
  input.addEventListener('change', () => look(fromInput(input)));
}
document.addEventListener('dragover', (event) => {
  event.preventDefault();
  drop.dataset['state'] = 'over';
});
document.addEventListener('dragleave', () => delete drop.dataset['state']);
document.addEventListener('drop', (event) => {
  event.preventDefault();
  if (event.dataTransfer && document.body.dataset['step'] !== 'sending') {
    summary.textContent = 'Looking at what is on the disc …';
    void fromDrop(event.dataTransfer).then(look, fail);
  }
});
form.addEventListener('submit', (event) => {
  event.preventDefault();
  problem.hidden = true;
  sendButton.disabled = true;
  addEventListener('beforeunload', warn);
  void run().catch(fail);
});
