/** The Save sheet: the report alone, pictures to look at, a full copy; all there is or some series of it. */
import { seriesName, studyLine } from '../describe';
import { h } from '../dom';
import { icon } from '../icons';
import { Book } from '../marks/book';
import type { Document, Manifest, Series } from '../manifest';
import type { Stage } from '../stage/stage';
import { count, longDate, size, t } from '../words';

/** Bytes a second of a usual line at home: 20 Mbit/s. */
const LINE = 2.5e6;
/** How many pictures "one of every" leaves out, and one. */
const EVERY = 5;
const KEY_OBJECTS = '1.2.840.10008.5.1.4.1.1.88.59';
/** Pictures with marks that an address can name. */
const MOST_MARKS = 200;

type Which = 'all' | 'nth' | 'key' | 'marked';

/** What was asked for beside pictures themselves; read anew whenever something changes. */
export class SaveSheet {
  readonly content: Node[];
  private readonly series: HTMLInputElement[] = [];
  private readonly which = h('select', { name: 'which' });
  private readonly named = h('input', { type: 'checkbox', name: 'named' });
  private readonly seen = h('input', { type: 'checkbox', name: 'seen' });
  private readonly png = h('input', { type: 'checkbox', name: 'png' });
  private readonly links = new Map<HTMLAnchorElement, () => string>();
  private readonly told = h('p', { id: 'pictures-size', class: 'quiet', role: 'status' });
  private readonly zipTold = h('p', { id: 'zip-size' }, t('full_copy'));
  private asked = 0;

  constructor(private readonly manifest: Manifest, private readonly zip: string, iso: string | null, private readonly stage: () => Stage | null) {
    this.content = [...reportAlone(manifest), ...this.some(), ...(manifest.counts.shown ? this.pictures() : []), ...this.copy(iso)];
    for (const node of this.content) node.addEventListener('change', () => this.update());
  }

  /** Take up what was marked and set meanwhile, and tell sizes. */
  update(): void {
    const choices: [Which, boolean][] = [['all', true], ['nth', this.manifest.counts.images > EVERY], ['key', this.hasKeys], ['marked', !!this.marks.length]];
    const kept = this.which.value as Which;
    this.which.replaceChildren(...choices.flatMap(([which, there]) => (there ? [h('option', { value: which, selected: which === kept }, t(`save_${which}`))] : [])));
    this.seen.disabled = !this.shown;
    for (const [link, href] of this.links) link.href = href();
    void this.tell(++this.asked).catch(() => {});
  }

  private get hasKeys(): boolean {
    return this.manifest.studies.some((study) => study.series.some((series) => series.instances.some((one) => one.sop_class_uid === KEY_OBJECTS)));
  }

  /** The pictures that carry marks of this visit. */
  private get marks(): string[] {
    return new Book(this.manifest.share_id).marked.slice(0, MOST_MARKS);
  }

  /** How the series in view is set, where somebody set it. */
  private get shown(): string | null {
    const stage = this.stage();
    const { picture, window, windowed = false, inverted = false } = stage ?? {};
    if (!picture || !window || (!windowed && !inverted)) return null;
    return [picture.series.id, window.center, window.width, window.function ?? '', inverted ? 1 : 0].join(',');
  }

  private some(): Node[] {
    const all = this.manifest.studies.flatMap((study) => study.series.map((series) => ({ study, series })));
    if (all.length < 2) return [];
    return [h('details', { class: 'choices' }, h('summary', {}, t('save_some')), h('p', { class: 'quiet' }, t('save_some_how')),
      ...this.manifest.studies.map((study) => h('fieldset', {}, h('legend', {}, studyLine(study)), ...study.series.map((series) => this.box(series)))))];
  }

  private box(series: Series): HTMLElement {
    const box = h('input', { type: 'checkbox', name: 'series', value: series.id });
    this.series.push(box);
    return h('label', {}, box, h('span', {}, [seriesName(series), count(series.pictures || series.instances.length)].join(' · ')));
  }

  private pictures(): Node[] {
    const way = (kind: string, text: string) => this.link(t(text), 'pictures', 'button', () => this.picturesAt(kind));
    const box = (input: HTMLInputElement, text: string) => h('label', {}, input, h('span', {}, t(text)));
    return [
      h('h3', {}, t('save_pictures')),
      h('details', { class: 'choices' }, h('summary', {}, t('save_how')),
        h('label', { class: 'line' }, h('span', {}, t('save_which')), this.which),
        box(this.named, 'save_named'), box(this.seen, 'save_seen'), box(this.png, 'save_png')),
      this.told,
      h('p', { class: 'takes' }, way('pdf', 'save_pdf'), way('zip', 'save_zip')),
    ];
  }

  private copy(iso: string | null): Node[] {
    return [
      h('h3', {}, t('full_copy_title')),
      this.zipTold,
      this.link(t('download_copy'), 'save', 'button primary', () => this.at(this.zip)),
      h('p', { class: 'quiet' }, t('full_copy_what')),
      ...(iso ? [h('p', {}, t('iso_what')), this.link(t('download_iso'), 'save', 'button', () => this.at(iso))] : []),
      h('p', { class: 'quiet more' },
        h('a', { href: this.zip.replace(/bundle\.zip$/, 'compatible') }, t('compatible')),
        h('a', { href: '/verify' }, t('check_copy'))),
    ];
  }

  private link(text: string, sign: 'pictures' | 'save', kind: string, href: () => string): HTMLAnchorElement {
    const made = h('a', { class: kind, href: href(), download: true }, icon(sign), text);
    this.links.set(made, href);
    return made;
  }

  private get chosen(): string {
    return this.series.filter(({ checked }) => checked).map(({ value }) => value).join(',');
  }

  private at(path: string, more: Record<string, string | false | null> = {}): string {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries({ series: this.chosen, ...more })) if (value) query.set(name, value);
    const text = query.toString().replaceAll('%2C', ',').replaceAll('%2F', '/');
    return text ? `${path}?${text}` : path;
  }

  private picturesAt(kind: string): string {
    const which = (this.which.value || 'all') as Which;
    return this.at(this.zip.replace(/bundle\.zip$/, `pictures.${kind}`), {
      which: which !== 'all' && which,
      every: which === 'nth' && `${EVERY}`,
      marks: which === 'marked' && this.marks.join(','),
      form: kind === 'zip' && this.png.checked && 'png',
      name: this.named.checked && 'yes',
      shown: this.seen.checked && this.shown,
    });
  }

  /** Tell how much it is. The page works without. */
  private async tell(turn: number): Promise<void> {
    const [copy, pictures] = await Promise.all([
      fetch(this.at(this.zip), { method: 'HEAD' }),
      this.manifest.counts.shown ? fetch(this.picturesAt('zip'), { method: 'HEAD' }) : null,
    ]);
    if (turn !== this.asked) return;
    const bytes = Number(copy.headers.get('Content-Length'));
    if (copy.ok && bytes) {
      const minutes = Math.max(1, Math.round(bytes / LINE / 60));
      this.zipTold.textContent = `${t('full_copy_size', { size: size(bytes) })} ${t('full_copy_time', { minutes })}`;
    }
    if (!pictures) return;
    this.told.textContent = pictures.ok
      ? t('save_pictures_size', { count: count(Number(pictures.headers.get('X-Pictures'))), size: size(Number(pictures.headers.get('X-Estimated-Length'))) })
      : t('save_none');
  }
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
