/** What stays on the disc: programs and what viewers and systems leave around. Anything odd is sent: the server judges by content. */

/** Why something stays on the disc: the words of the receipt (`LeftBehind` on the server). */
export type LeftKind = 'program' | 'autorun' | 'viewer' | 'system' | 'too_large' | 'left_out';

export interface Left {
  readonly path: string;
  readonly kind: LeftKind;
}

const AUTORUN = /(^|\/)autorun\.[^/.]*$/i;
const SYSTEM = /(^|\/)(thumbs\.db|desktop\.ini|\.ds_store|\._[^/]*)$|(^|\/)(__macosx|\.fseventsd|\.spotlight-v100|\.trashes|system volume information)\//i;
const PROGRAM = /\.(exe|dll|com|bat|cmd|msi|scr|ocx|sys|jar|class|app|dmg|sh|vbs|ps1|lnk|cab)$/i;
/** What programs need beside them; nothing that may be a picture, a report or a page to read. */
const OF_A_VIEWER = /\.(ini|cfg|conf|config|manifest|properties|plist|strings|css|js|ico|cur|chm|hlp|qm|pak|lib|pdb|so|dylib|nib|ttf|otf|swf)$/i;

/** Tells why a file surely stays behind, by its name alone. */
export function staysBehind(path: string): LeftKind | null {
  if (AUTORUN.test(path)) return 'autorun';
  if (SYSTEM.test(path)) return 'system';
  return PROGRAM.test(path) ? 'program' : null;
}

/** Returns what tells the parts of viewers: they lie in or below a folder that holds a program. */
export function viewerParts(left: readonly Left[]): (path: string) => boolean {
  const homes = new Set(left.filter(({ kind }) => kind === 'program').map(({ path }) => folderOf(path)));
  // The disc itself is nobody's home: what lies there beside a program is the disc's.
  for (const home of homes) if (!home.includes('/')) homes.delete(home);
  return (path) => OF_A_VIEWER.test(path) && above(path).some((folder) => homes.has(folder));
}

const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));

function above(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join('/'));
}

/** A file that holds a whole disc; the server opens it. */
export const isArchive = (path: string): boolean => /\.(zip|iso)$/i.test(path);
