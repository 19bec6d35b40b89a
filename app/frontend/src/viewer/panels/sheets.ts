/** Sheets over the pictures: Report and Save. Native dialogs: the keyboard stays in them, Escape closes them. */
import { byId, h } from '../dom';
import type { Document, Manifest } from '../manifest';
import type { Stage } from '../stage/stage';
import { longDate, t } from '../words';
import { MEASURING, TOOL_KEYS } from './hands';
import { read } from './reading';
import { SaveSheet } from './save';
import { sheet } from './sheet';

const KEYS: [keys: string, text: string][] = [
  ['↑ ↓', 'keys_leaf'], ['← →', 'keys_series'], ['PgUp PgDn', 'keys_page'], ['Home End', 'keys_ends'],
  [t('key_space'), 'keys_play'], ['< >', 'speed'], ['+ −', 'tool_zoom'], ['0', 'reset'], ['u', 'one_to_one'], ['i', 'invert'], ['o', 'overlay'], [', .', 'keys_moment'], ['r', 'turn'], ['h', 'flip'],
  ...[...TOOL_KEYS].map(([key, tool]): [string, string] => [key, `tool_${tool}`]),
  ['Ctrl+z', 'undo'], ['Delete', 'remove'], ['n', 'keys_tile'], ['f', 'keys_alone'], ['1 2 4', 'keys_layout'], ['x', 'view_keep'], ['?', 'shortcuts'],
];

function line(document: Document): HTMLElement {
  const details = [document.title, longDate(document.date)].filter(Boolean).join(', ');
  const { document: readable } = document;
  const name = [t(document.what), details].filter(Boolean).join(', ');
  const verb = t(readable?.kind === 'photo' ? 'show' : 'read');
  const open = readable && h('button', { type: 'button', class: 'button', 'aria-label': `${verb}: ${name}` }, verb);
  if (readable) open?.addEventListener('click', () => read(readable, name));
  return h('li', {},
    h('div', {}, h('strong', {}, t(document.what)), document.is_new && h('em', { class: 'new' }, t('new')), details && h('span', {}, details), !readable && h('span', {}, t(document.reason ?? ''))),
    h('div', { class: 'ways' }, open,
      document.original && h('a', { class: 'button', href: document.original, download: true, 'aria-label': `${t('download')}: ${name}` }, t('download'))));
}

function report({ documents }: Manifest): Node[] {
  const reports = documents.filter(({ is_report }) => is_report);
  const photos = documents.filter(({ is_photo }) => is_photo);
  const others = documents.filter(({ is_report, is_photo }) => !is_report && !is_photo);
  return [
    h('p', {}, `${t('looking')} ${t('review_only')}`),
    reports.length ? h('ul', { class: 'documents' }, ...reports.map(line)) : h('p', { class: 'quiet' }, t('no_report')),
    ...(photos.length ? [h('h3', {}, t('photos')), h('ul', { class: 'documents' }, ...photos.map(line))] : []),
    h('p', { class: 'quiet' }, t('edge_letters')),
    ...(others.length ? [h('h3', {}, t('other_data')), h('ul', { class: 'documents' }, ...others.map(line))] : []),
  ];
}

/** The keys, and what they do. */
function shortcuts(measuring: boolean): HTMLElement {
  const rows = KEYS.filter(([, text]) => measuring || !MEASURING.some(([tool]) => text === `tool_${tool}`));
  return h('dl', { class: 'keys' }, ...rows.flatMap(([keys, text]) => [
    h('dt', {}, ...keys.split(' ').map((key) => h('kbd', {}, key))), h('dd', {}, t(text)),
  ]));
}

/** Make the sheets and let the page's buttons open them, those that are added to what is returned too; `stage` is the one
 *  in use, once there is one. */
export function sheets(manifest: Manifest, stage: () => Stage | null = () => null): Record<string, HTMLDialogElement> {
  const { zip, iso } = byId('viewer').dataset;
  const saving = zip ? new SaveSheet(manifest, zip, iso || null, stage) : null;
  const made: Record<string, HTMLDialogElement> = {
    report: sheet('report-sheet', t('report'), report(manifest)),
    save: sheet('save-sheet', t('save'), saving?.content ?? [h('p', {}, t('no_saving', { hospital: manifest.organisation.name }))]),
    keys: sheet('keys-sheet', t('shortcuts'), [h('p', { class: 'quiet' }, t('edge_letters')), shortcuts(manifest.organisation.measuring)]),
  };
  for (const opener of document.querySelectorAll<HTMLElement>('[data-sheet]')) {
    opener.addEventListener('click', () => {
      if (opener.dataset.sheet === 'save') saving?.update();
      made[opener.dataset.sheet ?? '']?.showModal();
    });
  }
  return made;
}
