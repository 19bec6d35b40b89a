/** A note that was kept with the link and is looked at: its marks lie over the pictures, and nobody changes them here. */
import { ask } from '../ask';
import type { Note } from '../manifest';
import type { Mark } from './mark';

type Pages = Record<string, Mark[]>;

export class Noted {
  /** The one that is looked at. */
  note: Note | null = null;
  private pages: Pages = {};
  private readonly listeners: (() => void)[] = [];

  constructor(private readonly shareId: string) {}

  on(listener: () => void): void {
    this.listeners.push(listener);
  }

  of(imageId: string): readonly Mark[] {
    return this.pages[imageId] ?? [];
  }

  /** Look at a note. Rejects with a sentence for the visitor. */
  async open(note: Note): Promise<void> {
    const pages = await ask<Pages>(`/view/${this.shareId}/notes/${note.id}`, () => 'note_not_loaded');
    this.take(note, pages);
  }

  close(): void {
    this.take(null, {});
  }

  private take(note: Note | null, pages: Pages): void {
    this.note = note;
    this.pages = pages;
    for (const listener of this.listeners) listener();
  }
}
