/** Documents to read: a PDF in a frame that can do nothing, a photo, a report's words as headings and tables. */
import { h } from '../dom';
import { bytesOf } from '../pixels/fetch';
import type { Document } from '../manifest';
import { longDate, t } from '../words';
import { sheet } from './sheet';

/** What app/dicom/reports.py tells of a report. */
interface Item { name?: string; kind?: string; value?: string; unit?: string; items?: Item[] }
interface Report {
  title: string; complete: boolean; verified: boolean; date: string; verified_by: string[]; items: Item[]; cut: boolean;
}

const REFERENCES = ['IMAGE', 'COMPOSITE', 'WAVEFORM'];
const DEEPEST_HEADING = 6;

/** A DICOM date (PS3.5 6.2 DA, or the beginning of a DT) in words; what it says where it is none. */
function date(text: string): string {
  const [, year, month, day] = /^(\d{4})(\d{2})(\d{2})/.exec(text) ?? [];
  return year ? longDate(`${year}-${month}-${day}`) : text;
}

/** A PN as it is said: given name before family name, of the first group (PS3.5 6.2.1) that says something. */
function person(name: string): string {
  const group = name.split('=').find((one) => one.replace(/[\^ ]/g, '')) ?? '';
  return group.split('^').slice(0, 2).reverse().join(' ').trim();
}

function valueOf({ kind, value = '', unit = '' }: Item): string {
  if (kind === 'DATE') return date(value);
  if (kind === 'DATETIME') return [date(value), value.slice(8, 12).replace(/(..)(..)/, '$1:$2')].filter(Boolean).join(', ');
  if (kind === 'TIME') return value.slice(0, 4).replace(/(..)(..)/, '$1:$2');
  if (kind === 'PNAME') return person(value);
  if (REFERENCES.includes(kind ?? '')) return t('report_picture');
  return [value, unit].filter(Boolean).join(' ');
}

const isSection = ({ kind }: Item): boolean => kind === 'CONTAINER';
const isMeasured = ({ kind, items = [] }: Item): boolean => kind === 'NUM' && !items.some(isSection);

function heading(level: number, text: string): HTMLElement {
  return h(`h${Math.min(level, DEEPEST_HEADING)}` as 'h3', {}, text);
}

/** What refines a value, behind it. */
function details(items: Item[]): string {
  return items.map((item) => [item.name, valueOf(item)].filter(Boolean).join(': ')).filter(Boolean).join('; ');
}

function table(measured: Item[]): HTMLElement {
  return h('table', {},
    h('thead', {}, h('tr', {}, ...['measured', 'measure', 'measured_how'].map((key) => h('th', { scope: 'col' }, t(key))))),
    h('tbody', {}, ...measured.map((item) => h('tr', {},
      h('th', { scope: 'row' }, item.name ?? ''), h('td', {}, valueOf(item)), h('td', {}, details(item.items ?? []))))));
}

function line(item: Item, level: number): HTMLElement {
  const text = valueOf(item);
  const plain = item.items?.every((inner) => !inner.items?.length && !isSection(inner));
  return h('div', { class: 'item' },
    item.name && h('strong', {}, item.name), text && h('p', {}, text),
    plain ? h('p', { class: 'quiet' }, details(item.items ?? [])) : h('div', { class: 'inner' }, ...content(item.items ?? [], level)));
}

/** Items in their order; measurements beside each other become one table. */
function content(items: Item[], level: number): HTMLElement[] {
  const made: HTMLElement[] = [];
  for (let at = 0; at < items.length; at++) {
    const item = items[at] as Item;
    if (isMeasured(item)) {
      const rest = items.slice(at).findIndex((one) => !isMeasured(one));
      const end = rest < 0 ? items.length : at + rest;
      made.push(table(items.slice(at, end)));
      at = end - 1;
    } else if (isSection(item)) {
      made.push(h('section', {}, item.name && heading(level, item.name), ...content(item.items ?? [], item.name ? level + 1 : level)));
    } else made.push(line(item, level));
  }
  return made;
}

function report(told: Report): HTMLElement[] {
  const state = [!told.complete && t('report_partial'), !told.verified && t('report_unverified')].filter((one): one is string => !!one);
  const by = told.verified_by.map(person).filter(Boolean).join(', ');
  return [
    h('p', { class: 'quiet' }, [date(told.date), by && t('report_by', { name: by })].filter(Boolean).join(' · ')),
    ...state.map((text) => h('p', { class: 'state' }, text)),
    ...content(told.items, 3),
    ...(told.cut ? [h('p', { class: 'state' }, t('report_cut'))] : []),
  ];
}

async function words(url: string): Promise<HTMLElement[]> {
  return report(JSON.parse(new TextDecoder().decode(await bytesOf(url))) as Report);
}

function pdf(url: string, name: string): HTMLElement[] {
  return [
    h('iframe', { src: url, title: name, class: 'paper' }),
    h('a', { class: 'button', href: url, target: '_blank', rel: 'noopener' }, t('new_tab')),
  ];
}

/** A photo as the server wrote it anew. */
function photo(url: string, name: string): HTMLElement[] {
  const picture = h('img', { src: url, alt: name, class: 'photo' });
  const failed = h('p', { role: 'status' });
  picture.addEventListener('error', () => { picture.remove(); failed.textContent = t('not_loaded'); });
  return [picture, failed];
}

const LOOKED_AT = { pdf, photo, report: (): HTMLElement[] => [h('p', {}, t('loading'))] };

/** Where there is room for pictures and words side by side. */
const wide = matchMedia('(min-width: 64rem) and (min-height: 30.01rem)');

/** Stand beside the pictures, which are leafed through meanwhile. */
function showBeside(dialog: HTMLDialogElement): void {
  for (const one of document.querySelectorAll<HTMLDialogElement>('dialog.sheet[open]')) one.close();
  dialog.classList.add('beside');
  dialog.addEventListener('keydown', (event) => { if (event.key === 'Escape') dialog.close(); });
  document.querySelector('main')?.append(dialog);
  dialog.show();
}

/** Open what can be read of a document: beside the pictures on a wide screen, else over them. */
export function read({ url, kind }: NonNullable<Document['document']>, name: string): void {
  const body = h('div', { class: 'reading' }, ...LOOKED_AT[kind](url, name));
  const dialog = sheet('reading-sheet', name, [body]);
  dialog.classList.add('large');
  dialog.addEventListener('close', () => dialog.remove());
  if (kind !== 'photo' && wide.matches && document.querySelector('.stage[data-image]')) showBeside(dialog);
  else dialog.showModal();
  if (kind === 'report') {
    words(url).then((parts) => body.replaceChildren(...parts), () => body.replaceChildren(h('p', {}, t('not_loaded'))));
  }
}
