// Checks a copy on the visitor's device.
import '../styles/tokens.css';
import './verify.css';
import { check, type Result } from './check';
import { below, ofFile, ofFolder } from './choose';
import { type Files } from './found';

const MOST = 20;
const words = JSON.parse(document.getElementById('words')!.textContent) as Record<string, string>;
const progress = document.getElementById('progress')!;
const result = document.getElementById('result')!;
let run = 0;

function say(key: string, values: Record<string, number> = {}): string {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name: string) => values[name]?.toLocaleString() ?? whole);
}

function line(tag: string, text: string): HTMLElement {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}

function list(key: string, names: string[]): HTMLElement[] {
  if (!names.length) return [];
  const made = document.createElement('ul');
  made.append(...names.slice(0, MOST).map((name) => line('li', name)));
  if (names.length > MOST) made.append(line('li', say('more', { count: names.length - MOST })));
  return [line('h3', say(key)), made];
}

function show(mood: 'good' | 'bad', title: string, ...rest: (HTMLElement | string)[]): void {
  progress.hidden = true;
  result.hidden = false;
  result.dataset.mood = mood;
  result.replaceChildren(line('h2', say(title)), ...rest.map((one) => (typeof one === 'string' ? line('p', say(one)) : one)));
  result.focus();
}

function tell({ changed, missing, added, signed, latest, part }: Result): void {
  const lists = [...list('changed', changed), ...list('missing', missing), ...list('added', added)];
  const version = latest === null ? 'unknown' : latest ? 'latest' : 'outdated';
  if (changed.length || missing.length) show('bad', 'bad', 'bad_what', ...lists);
  else if (signed === false) show('bad', 'foreign', 'foreign_what', ...lists);
  else if (signed === null) show('bad', 'good', 'offline', ...lists);
  else {
    const some = part ? [line('p', say('part', { chosen: part[0], all: part[1] }))] : [];
    show('good', 'good', 'good_what', ...some, version, ...lists);
  }
}

/** Check what was chosen; a later choice takes the place of one that is still running. */
async function start(files: Promise<Files>): Promise<void> {
  const mine = run += 1;
  result.hidden = true;
  progress.hidden = false;
  progress.textContent = '';
  try {
    const found = await check(await files, (done, all) => {
      if (mine === run) progress.textContent = say('reading', { done, all });
    });
    if (mine === run) tell(found);
  } catch {
    if (mine === run) show('bad', 'unreadable', 'unreadable_what');
  }
}

function on(id: string, files: (input: HTMLInputElement) => Promise<Files>): void {
  const input = document.getElementById(id) as HTMLInputElement;
  input.addEventListener('change', () => {
    if (input.files?.length) void start(files(input)).then(() => { input.value = ''; });
  });
}

on('file', async ({ files }) => ofFile(files![0]!));
on('folder', async ({ files }) => ofFolder(Array.from(files!, (file) => [file.webkitRelativePath, file])));

document.addEventListener('dragover', (event) => event.preventDefault());
document.addEventListener('drop', (event) => {
  event.preventDefault();
  const entry = event.dataTransfer?.items[0]?.webkitGetAsEntry();
  const file = event.dataTransfer?.files[0];
  if (entry?.isDirectory) void start(below(entry).then(ofFolder));
  else if (file) void start(ofFile(file));
});
