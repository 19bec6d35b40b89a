/** Screen A: who is it for, drop the disc, look, send, take the disc out. */

import './uploader.css';
import { mayRest, stayAwake } from './awake';
import { Choice, type Hold } from './choice';
import { fromDrop, fromInput, pause } from './collect';
import type { Expected } from './identity';
import { isArchive, staysBehind } from './left';
import type { Found, FromWorker, Progress, SamePerson, ToWorker, Upload } from './messages';
import { person } from './names';
import { saidOf } from './same';
import { Refusal, type Resumed, ask, follow } from './session';
import type { Tree } from './tree';
import { find, icon, make, say } from './view/dom';
import { Patients, list } from './view/patients';
import { SendingView, estimate } from './view/sending';
import { count, counted, day, leftWords, size, t } from './words';

/** Files that one disc may bring (`app.ingest.limits`). */
const MOST_FILES = 50_000;
const TOO_MANY = 'A disc may hold at most 50,000 files. Choose one disc at a time, or a part of it.';
/** The browser asks the drive about each file that is handed over: more at once would be felt. */
const HANDED_AT_ONCE = 20;
const HANDED_MS = 8;
const HOLDS: Record<Exclude<Hold, null>, string> = {
  nothing: 'There is nothing to send in what you chose. Choose the disc itself, or the folder that holds its files.',
  looking: 'Looking at the files first …',
  much: 'A disc may hold at most 10 GB. Leave something out.',
  several: 'More than one person is on this disc. Leave out who does not belong, or say why it is the same person.',
  different: 'This is not the person you expected. Take another disc, or say why it is the same person.',
  elsewhere: 'This is not the same disc: most of the files that were sent before are not on it. Choose the same disc again.',
};

const form = find<HTMLFormElement>('new-disc');
const sendButton = find<HTMLButtonElement>('send');
const because = find<HTMLTextAreaElement>('because');
const worker = new Worker(new URL('./worker/disc.worker.ts', import.meta.url), { type: 'module' });
const choice = new Choice();
const sending = new SendingView();
const unreadable: string[] = [];
let tree: Tree | null = null;
let upload: Upload | null = null;
let resumed: Resumed | null = null;
let paused = false;
let progress: Progress | null = null;
let asked = false;
/** One file that holds a whole disc was chosen. */
let archive = false;
/** Why all is one person, as it was said when Send was pressed. */
let said: SamePerson | null = null;

const tell = (message: ToWorker): void => worker.postMessage(message);
const step = (name: 'choosing' | 'sending' | 'reading' | 'done'): void => void (document.body.dataset['step'] = name);
const text = (name: string): string => String(new FormData(form).get(name) ?? '').trim();
const expected = (): Expected => ({ name: text('name'), birthDate: text('birth_date'), patientId: text('patient_id') });

const patients = new Patients(find('patients'), choice, {
  changed: () => show(),
  another: () => find<HTMLInputElement>('folder').click(),
  same: () => {
    find('same').hidden = false;
    because.focus();
  },
});

/** Hands what was found to the worker, a little at a time: the page stays free meanwhile. */
async function take(found: readonly Found[]): Promise<void> {
  if (found.filter(({ path }) => !staysBehind(path)).length > MOST_FILES) throw new Refusal(TOO_MANY);
  complain('');
  choice.leftOut.clear();
  [tree, asked] = [null, false];
  find('same').hidden = true;
  because.value = '';
  tell({ type: 'clear' });
  archive = found.length === 1 && isArchive(found[0]!.path);
  find('drop').dataset['state'] = 'chosen';
  say(find('looking'), t('Looking at {files} …', { files: counted(found.length, 'file') }));
  const address = form.dataset['resume'];
  if (address) resumed ??= await ask<Resumed>(address, {}, text('csrf_token'));
  await hand(found);
  tell(resumed ? { type: 'scan', before: resumed.files } : { type: 'scan' });
}

async function hand(found: readonly Found[]): Promise<void> {
  let rested = performance.now();
  for (let i = 0; i < found.length; i += HANDED_AT_ONCE) {
    tell({ type: 'add', found: found.slice(i, i + HANDED_AT_ONCE) });
    if (performance.now() - rested < HANDED_MS) continue;
    await pause();
    rested = performance.now();
  }
}

function look(seen: Tree): void {
  const first = tree === null;
  tree = seen;
  if (first && seen.resumed) leaveOutAsBefore(seen);
  if (first && resumed?.same_person_because) {
    find('same').hidden = false;
    because.value = resumed.same_person_because;
  }
  show();
}

/** An upload that is gone on with leaves out by itself what it left out the first time. */
function leaveOutAsBefore(seen: Tree): void {
  const studies = seen.patients.flatMap((patient) => patient.studies);
  if (studies.some(({ before }) => before > 0)) choice.set(studies.filter(({ before }) => before === 0).map(({ key }) => key), false);
}

function show(): void {
  if (!tree) return;
  const judged = choice.judge(tree, expected());
  patients.show(judged, expected());
  find('found').hidden = false;
  say(find('looking'), lookingAt(tree));
  list(find('left-behind'), t('{programs} left behind', { programs: counted(tree.left, 'program') }), tree.leftBehind.map(({ path, kind }) => [path, leftWords(kind)]), tree.left);
  list(find('too-large'), t('{files} larger than 2 GB: left behind', { files: counted(tree.tooLarge.length, 'file') }), tree.tooLarge.map((path) => [path]));
  list(find('unreadable-found'), t('{files} couldn’t be read. Clean the disc and choose it again, or go on without', { files: counted(tree.unreadable.length, 'file') }), tree.unreadable.map((path) => [path]));
  if (!choice.doubted(judged)) find('same').hidden = true;
  const hold = choice.hold(tree, judged, because.value.trim());
  explain(hold);
  sendButton.disabled = hold !== null;
  const { images, files, bytes } = choice.total(tree);
  const what = images > 0 && !tree.resumed ? counted(images, 'image') : counted(files, 'file');
  const sent = t(tree.resumed ? 'Send the other {what} ({size})' : 'Send {what} ({size})', { what, size: size(bytes) + estimate(bytes) });
  say(sendButton, tree.resumed && files === 0 ? t('Finish this disc') : sent);
}

/** Says why nothing may be sent yet. */
function explain(hold: Hold): void {
  const note = find('why-not');
  const words = hold ? t(HOLDS[hold]) : '';
  if (note.textContent === words) return;
  note.replaceChildren(...(hold && hold !== 'looking' ? [icon('decide')] : []), words && make('span', '', words));
  note.className = hold && hold !== 'looking' ? 'why-not notice warn' : 'why-not';
}

function lookingAt({ done, looked, files, others, resumed: before }: Tree): string {
  if (!done) return t('Looking: {n} of {files}', { n: count(looked), files: counted(files, 'file') });
  if (archive) return t('The server opens this archive once it is sent, and shows who is in it.');
  const safe = before ? t('{n} of {files} are safe already. ', { n: count(before.received), files: counted(before.announced, 'file') }) : '';
  const along = { files: counted(others.files, 'other file'), size: size(others.bytes) };
  return safe + (others.files > 0 ? t('{files} on the disc ({size}) will go along.', along) : '');
}

/** Says what went wrong; an answer of the server that stands in the sentence is translated too. */
function complain(sentence: string, values: Readonly<Record<string, string>> = {}): void {
  const problem = find('problem');
  problem.hidden = sentence === '';
  say(problem.querySelector('span')!, t(sentence, values['answer'] ? { ...values, answer: t(values['answer']) } : values));
  if (sentence) problem.scrollIntoView({ block: 'nearest' });
}

/** Returns what was said about the people who will be sent, if it had to be said. */
function samePerson(): SamePerson | null {
  const said = find('same').hidden ? '' : because.value.trim();
  const people = tree ? choice.judge(tree, expected()).filter(({ kept }) => kept) : [];
  return said && people.length > 0 ? { because: said, people: people.map(({ patient }) => patient.identity) } : null;
}

async function begin(): Promise<Upload> {
  if (resumed) return resumed;
  const who = { name: text('name'), birth_date: text('birth_date'), patient_id: text('patient_id') };
  const same = samePerson();
  return ask<Upload>(form.action, { ...who, label: text('label'), ...(same && { same_person: saidOf(same) }) }, text('csrf_token'));
}

async function send(): Promise<void> {
  complain('');
  upload ??= await begin();
  for (const link of document.querySelectorAll<HTMLAnchorElement>('[data-prepare]')) link.href = upload.share;
  stayAwake();
  step('sending');
  showWhose();
  const keep = tree!.patients.flatMap(({ studies }) => studies.map(({ key }) => key)).filter((key) => !choice.leftOut.has(key));
  tell({ type: 'send', upload, keep, leave: [...choice.leftOut], samePerson: (said = samePerson()) });
}

/** Says above the bar whose disc is on its way: a desk has several pages open. */
function showWhose(): void {
  const people = choice.judge(tree!, expected()).filter(({ kept }) => kept);
  const words = people.map(({ patient: { identity } }) => [t(person(identity.name)), day(identity.birthDate)].filter(Boolean).join(', ')).join(' + ');
  for (const line of document.querySelectorAll<HTMLElement>('[data-whose]')) {
    line.hidden = words === '';
    say(line, words);
  }
}

function rest(wanted: boolean): void {
  paused = wanted;
  complain('');
  tell({ type: paused ? 'pause' : 'go' });
  far(progress);
}

/** Shows how far it is; that it is paused is seen at once, before the worker hears of it. */
function far(now: Progress | null): void {
  progress = now;
  if (now) sending.show(now, paused);
}

/** A refusal ends sending; pressing Go on begins again where it stood. */
function refused(sentence: string | null, values?: Readonly<Record<string, string>>): void {
  if (sentence?.startsWith('The drive')) paused = true;
  else {
    mayRest();
    step('choosing');
    sendButton.disabled = false;
  }
  complain(sentence ?? 'The page lost touch with the disc. What arrived is safe. Press Send to go on.', values);
}

async function complete(): Promise<void> {
  mayRest();
  step('reading');
  const bar = find<HTMLProgressElement>('reading-bar');
  let spoken = '';
  await follow(upload!, (read, files) => {
    bar.max = Math.max(files, 1);
    bar.value = read;
    say(find('reading-now'), t('{n} of {files} checked', { n: count(read), files: counted(files, 'file') }));
    const tenth = t('{n} per cent checked', { n: 10 * Math.floor((10 * read) / Math.max(files, 1)) });
    if (tenth !== spoken) say(find('spoken'), (spoken = tenth));
  });
  step('done');
  location.assign(upload!.page);
}

function cannotRead(path: string): void {
  unreadable.push(path);
  list(find('unreadable-sent'), t('{files} couldn’t be read. The rest goes on', { files: counted(unreadable.length, 'file') }), unreadable.map((one) => [one]));
}

worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
  if (data.type === 'look') look(data.tree);
  else if (data.type === 'progress') far(data.progress);
  else if (data.type === 'unreadable') cannotRead(data.path);
  else if (data.type === 'complete') void complete();
  else if (data.type === 'refused') refused(data.sentence, data.values);
  else surprised(data.tree);
});

/** Files turned out to be of others than the index says: a reason that was given for those no longer counts. */
function surprised(seen: Tree): void {
  look(seen);
  const before = new Set(said?.people.map((one) => JSON.stringify(one)));
  if (!samePerson()?.people.every((one) => before.has(JSON.stringify(one)))) because.value = '';
  show();
  step('choosing');
  complain('The files say otherwise than the disc’s index did. Look again, then press Send.');
}

function fail(error: unknown): void {
  say(find('looking'), '');
  complain(error instanceof Refusal ? error.message : 'The page lost touch with the server. Nothing was lost. Try again.');
}

for (const input of form.querySelectorAll<HTMLInputElement>('input[type=file]')) {
  const heard = async () => {
    if (!input.files?.length) return;
    say(find('looking'), t('Looking at what is on the disc …'));
    // Chromium has just listed the files in this very task: the page rests before they are gathered.
    await pause();
    await take(await fromInput(input));
  };
  input.addEventListener('change', () => void heard().catch(fail));
  // Whoever is quick, or comes back by the Back button, has chosen before this script ran.
  void heard().catch(fail);
}
document.addEventListener('dragover', (event) => {
  event.preventDefault();
  find('drop').dataset['state'] = 'over';
});
document.addEventListener('dragleave', () => delete find('drop').dataset['state']);
document.addEventListener('drop', (event) => {
  event.preventDefault();
  if (!event.dataTransfer || document.body.dataset['step'] === 'sending') return;
  say(find('looking'), t('Looking at what is on the disc …'));
  void fromDrop(event.dataTransfer).then(take).catch(fail);
});
form.addEventListener('input', () => show());
form.addEventListener('submit', (event) => {
  event.preventDefault();
  delete form.dataset['sent'];
  if (asked || !tree) return;
  asked = true;
  void send()
    .catch(fail)
    .finally(() => (asked = false));
});
find('pause').addEventListener('click', () => rest(!paused));
addEventListener('online', () => tell({ type: 'online' }));
