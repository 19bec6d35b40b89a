/** Notes of the link: marks kept for everybody who holds it. The list, the form to keep one's own, and the line of the
 *  one that is looked at. */
import { ask } from '../ask';
import { byId, h } from '../dom';
import { icon } from '../icons';
import { POINTS } from '../marks/mark';
import type { Note } from '../manifest';
import type { Room } from '../room';
import { count, longMoment, t } from '../words';
import { button } from './button';
import { sheet } from './sheet';

const LONGEST = { name: 80, text: 500 };
/** Thousandths of a pixel are kept. */
const EXACT = 1000;
const FAILED: Record<number, string> = { 403: 'note_full', 413: 'note_large', 429: 'note_wait' };

/** The marks of this visit that can be kept, as the service takes them: whole ones, on pictures of the link. */
function drawn({ book, pictures }: Room): Record<string, unknown[]> {
  const there = new Set(pictures.map(({ imageId }) => imageId));
  const exact = (value: number) => Math.round(value * EXACT) / EXACT;
  return Object.fromEntries(book.marked.filter((imageId) => there.has(imageId)).flatMap((imageId) => {
    const whole = book.of(imageId).filter(({ kind, points }) => points.length === POINTS[kind]);
    const told = whole.map(({ kind, points, text }) => ({ kind, points: points.map((point) => point.map(exact)), ...(text && { text }) }));
    return told.length ? [[imageId, told] as const] : [];
  }));
}

function said({ name, at }: Note): string {
  return [name, longMoment(at)].join(', ');
}

/** Everything about notes in a room; the list is there once there is one. */
export class Notes {
  readonly opener = button('note', t('notes'), () => this.list().showModal());
  private readonly notes: Note[];
  private readonly items = h('ul', { class: 'documents notes-list' });
  private readonly problem = h('p', { class: 'problem', role: 'alert', hidden: true });
  private listed: HTMLDialogElement | null = null;
  private form: HTMLDialogElement | null = null;

  constructor(private readonly room: Room, private readonly shareId: string, private readonly hospital: string, notes: readonly Note[]) {
    this.notes = [...notes];
    this.opener.classList.add('counted');
    this.tell();
    const line = h('div', { class: 'noted', hidden: true });
    byId('scrubber').before(line);
    room.noted.on(() => line.replaceChildren(...this.line(line)));
  }

  private tell(): void {
    this.opener.hidden = !this.notes.length;
    const number = count(this.notes.length);
    this.opener.replaceChildren(icon('note'), h('span', {}, number));
    this.opener.setAttribute('aria-label', `${t('notes')}: ${number}`);
    this.items.replaceChildren(...this.notes.map((note) => this.item(note)));
  }

  private list(): HTMLDialogElement {
    return this.listed ??= sheet('notes-sheet', t('notes'), [h('p', { class: 'quiet' }, t('note_unchecked')), this.problem, this.items]);
  }

  private item(note: Note): HTMLElement {
    const show = h('button', { type: 'button', class: 'button', 'aria-label': `${t('note_show')}: ${said(note)}` }, t('note_show'));
    show.addEventListener('click', () => void this.look(note));
    return h('li', {},
      h('div', {}, h('strong', { dir: 'auto' }, note.name), note.text && h('p', { class: 'note-text', dir: 'auto' }, note.text),
        h('span', {}, `${longMoment(note.at)} · ${t('note_marks', { number: count(note.count) })}`)),
      show);
  }

  private async look(note: Note): Promise<void> {
    this.problem.hidden = true;
    try {
      await this.room.noted.open(note);
      this.list().close();
      this.room.nextNoted();
    } catch (error) {
      this.problem.textContent = (error as Error).message;
      this.problem.hidden = false;
    }
  }

  /** What stands below the pictures while a note is looked at. */
  private line(whole: HTMLElement): Node[] {
    const { noted } = this.room;
    const { note } = noted;
    whole.hidden = !note;
    if (!note) return [];
    const next = button('next', t('note_next'), () => this.room.nextNoted());
    const hide = button('close', t('note_hide'), () => {
      noted.close();
      this.opener.focus();
    });
    return [h('p', {}, h('strong', { dir: 'auto' }, said(note)), note.text && h('span', { dir: 'auto' }, note.text)),
      ...(this.room.notedPictures.length > 1 ? [next] : []), hide];
  }

  /** The button that keeps one's own marks. */
  keeper(): HTMLButtonElement {
    const made = button('note', t('note_keep'), () => this.ask());
    const update = () => { made.disabled = !this.room.book.marked.length; };
    this.room.book.on(update);
    update();
    return made;
  }

  private ask(): void {
    this.form ??= this.asking();
    this.form.showModal();
  }

  private asking(): HTMLDialogElement {
    const name = h('input', { type: 'text', name: 'name', required: true, maxlength: LONGEST.name, autocomplete: 'name' });
    const text = h('textarea', { name: 'text', maxlength: LONGEST.text, rows: 3 });
    const problem = h('p', { class: 'problem', role: 'alert', hidden: true });
    const send = h('button', { class: 'button primary' }, icon('note'), t('note_do'));
    const form = h('form', { class: 'note-form' },
      h('p', {}, t('note_what', { hospital: this.hospital })),
      h('label', {}, h('span', {}, t('note_name')), name),
      h('label', {}, h('span', {}, t('note_text')), text),
      problem, send);
    const dialog = sheet('note-sheet', t('note_keep'), [form]);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      send.disabled = true;
      problem.hidden = true;
      this.keep(name.value, text.value).then(() => {
        text.value = '';
        dialog.close();
        this.list().showModal();
      }, (error: Error) => {
        problem.textContent = error.message;
        problem.hidden = false;
      }).finally(() => { send.disabled = false; });
    });
    return dialog;
  }

  private async keep(name: string, text: string): Promise<void> {
    const marks = JSON.stringify(drawn(this.room));
    this.notes.unshift(await ask<Note>(`/view/${this.shareId}/notes`, (status) => FAILED[status] ?? 'note_failed', { name, text, marks }));
    this.tell();
  }
}
