/** The disc's own files, once somebody has chosen its folder: a page opened from a file may read no other way. */
import { byId, h } from '../viewer/dom';
import { t } from '../viewer/words';

const ROOT = 'DICOMDIR';

export class Folder {
  private files = new Map<string, File>();
  private root: string | null = null;
  private readonly input = h('input', { type: 'file', webkitdirectory: true, hidden: true, id: 'folder' });

  /** `chosen` is told when files are there. */
  constructor(private readonly chosen: () => void) {
    this.input.addEventListener('change', () => this.take([...(this.input.files ?? [])]));
    document.body.append(this.input);
  }

  get isChosen(): boolean {
    return this.root !== null;
  }

  /** Ask for the folder; only after a click. */
  choose(): void {
    this.input.click();
  }

  /** The original of that File ID. */
  file(path: string): File | undefined {
    return this.files.get(`${this.root}${path}`);
  }

  private take(files: File[]): void {
    const found = files.filter(({ name }) => name === ROOT).map(({ webkitRelativePath: path }) => path.slice(0, -ROOT.length));
    const root = found.sort((one, other) => one.length - other.length)[0];
    if (root === undefined) {
      byId('notice').textContent = t('offline_no_disc');
      return;
    }
    this.root = root;
    this.files = new Map(files.map((file) => [file.webkitRelativePath, file]));
    this.chosen();
  }
}
