/** Sheets over the pictures: Report and Save. Native dialogs: the keyboard stays in them, Escape closes them. */
import { byId, h } from '../dom';
import { icon } from '../icons';
import type { Document, Manifest } from '../manifest';
import { longDate, size, t } from '../words';
import { MEASURING, TOOL_KEYS } from './hands';
import { read } from './reading';
import { sheet } from './sheet';

const KEYS: [keys: string, text: string][] = [
  ['↑ ↓', 'keys_leaf'], ['← →', 'keys_series'], ['PgUp PgDn', 'keys_page'], ['Home End', 'keys_ends'],
  [t('key_space'), 'keys_play'], ['+ −', 'tool_zoom'], ['0', 'reset'], ['i', 'invert'], ['o', 'overlay'], [', .', 'keys_moment'], ['r', 'turn'], ['h', 'flip'],
  ...[...TOOL_KEYS].map(([key, tool]): [string, string] => [key, `tool_${tool}`]),
  ['Ctrl+z', 'undo'], ['Delete', 'remove'], ['n', 'keys_tile'], ['1 2 4', 'keys_layout'], ['x', 'view_keep'], ['?', 'shortcuts'],
];

interface Bundle { zip: string | null; iso: string | null }

/** Bytes a second of a usual line at home: 20 Mbit/s. */
const LINE = 2.5e6;

function line(document: Document): HTMLElement {
  const details = [document.title, longDate(document.date)].filter(Boolean).join(', ');
  const { document: readable } = document;
  const name = [t(document.what), details].filter(Boolean).join(', ');
  const verb = t(readable?.kind === 'photo' ? 'show' : 'read');
  const open = readable && h('button', { type: 'button', class: 'button', 'aria-label': `${verb}: ${name}` }, verb);
  if (readable) open?.addEventListener('click', () => read(readable, name));
  return h('li', {},
    h('div', {}, h('strong', {}, t(document.what)), document.is_new && h('em', { class: 'new' }, t('new')), details && h('span', {}, details), !readable && h('span', {}, document.reason)),
    h('div', { class: 'ways' }, open,
      document.original && h('a', { class: 'button', href: document.original, download: true, 'aria-label': `${t('download')}: ${name}` }, t('download'))));
}

function report({ documents }: Manifest): Node[] {
  const reports = documents.filter(({ is_report }) => is_report);
  const photos = documents.filter(({ is_photo }) => is_photo);
  const others = documents.filter(({ is_report, is_photo }) => !is_report && !is_photo);
  return [
    h('p', {}, t('looking')),
    reports.length ? h('ul', { class: 'documents' }, ...reports.map(line)) : h('p', { class: 'quiet' }, t('no_report')),
    ...(photos.length ? [h('h3', {}, t('photos')), h('ul', { class: 'documents' }, ...photos.map(line))] : []),
    ...(others.length ? [h('h3', {}, t('other_data')), h('ul', { class: 'documents' }, ...others.map(line))] : []),
  ];
}

/** Each report as one PDF; with several, their names tell them apart. */
function reportAlone({ documents }: Manifest): Node[] {
  const reports = documents.filter(({ is_report, pdf }) => is_report && pdf);
  const name = ({ title, date }: Document): string => [title, longDate(date)].filter(Boolean).join(', ');
  return reports.length ? [
    h('p', {}, t('report_alone')),
    h('div', { class: 'alone' }, ...reports.map((one) => h('a', { class: 'button', href: one.pdf, download: true },
      icon('report'), [t('save_report'), reports.length > 1 && name(one)].filter(Boolean).join(': ')))),
  ] : [];
}

/** What a phone can keep and a friend can open: all pictures on paper, or each as a file. */
function picturesAlone(zip: string): Node[] {
  const way = (kind: string, text: string) =>
    h('a', { class: 'button', href: zip.replace(/bundle\.zip$/, `pictures.${kind}`), download: true }, icon('pictures'), t(text));
  return [h('p', {}, t('save_pictures')), h('p', { class: 'takes' }, way('pdf', 'save_pdf'), way('zip', 'save_zip'))];
}

function save(manifest: Manifest, bundle: Bundle): Node[] {
  if (!bundle.zip) return [h('p', {}, t('no_saving', { hospital: manifest.organisation.name }))];
  return [
    ...reportAlone(manifest),
    ...(manifest.counts.shown ? picturesAlone(bundle.zip) : []),
    h('p', { id: 'zip-size' }, t('full_copy')),
    h('a', { class: 'button primary', href: bundle.zip, download: true }, icon('save'), t('download_copy')),
    h('p', { class: 'quiet' }, t('full_copy_what')),
    ...(bundle.iso ? [
      h('p', {}, t('iso_what')),
      h('a', { class: 'button', href: bundle.iso, download: true }, icon('save'), t('download_iso')),
    ] : []),
  ];
}

/** Tell how large the copy is and how long it may take. The page works without. */
async function tellSize(url: string): Promise<void> {
  const answer = await fetch(url, { method: 'HEAD' });
  const bytes = Number(answer.headers.get('Content-Length'));
  if (!answer.ok || !bytes) return;
  const minutes = Math.max(1, Math.round(bytes / LINE / 60));
  byId('zip-size').textContent = `${t('full_copy_size', { size: size(bytes) })} ${t('full_copy_time', { minutes })}`;
}

/** The keys, and what they do. */
function shortcuts(measuring: boolean): HTMLElement {
  const rows = KEYS.filter(([, text]) => measuring || !MEASURING.some(([tool]) => text === `tool_${tool}`));
  return h('dl', { class: 'keys' }, ...rows.flatMap(([keys, text]) => [
    h('dt', {}, ...keys.split(' ').map((key) => h('kbd', {}, key))), h('dd', {}, t(text)),
  ]));
}

/** Make the sheets and let the page's buttons open them, those that are added to what is returned too. */
export function sheets(manifest: Manifest): Record<string, HTMLDialogElement> {
  const { dataset } = byId('viewer');
  const bundle = { zip: dataset.zip || null, iso: dataset.iso || null };
  const made: Record<string, HTMLDialogElement> = {
    report: sheet('report-sheet', t('report'), report(manifest)),
    save: sheet('save-sheet', t('save'), save(manifest, bundle)),
    keys: sheet('keys-sheet', t('shortcuts'), [shortcuts(manifest.organisation.measuring)]),
  };
  for (const opener of document.querySelectorAll<HTMLElement>('[data-sheet]')) {
    opener.addEventListener('click', () => made[opener.dataset.sheet ?? '']?.showModal());
  }
  const { zip } = bundle;
  if (zip) document.querySelector('[data-sheet="save"]')?.addEventListener('click', () => void tellSize(zip).catch(() => {}), { once: true });
  return made;
}
