/** What stays on the disc: programs and what viewers and systems leave around. Anything odd is sent: the server judges by content. */

const PROGRAMS = /\.(exe|dll|com|bat|cmd|msi|scr|ocx|sys|jar|class|app|dmg|sh|vbs|ps1|lnk|cab)$/i;
const JUNK = /(^|\/)(autorun\.inf|thumbs\.db|desktop\.ini|\.ds_store|\._[^/]*|__macosx\/.*)$/i;

export const staysBehind = (path: string): boolean => PROGRAMS.test(path) || JUNK.test(path);

/** A file that holds a whole disc; the server opens it. */
export const isArchive = (path: string): boolean => /\.(zip|iso)$/i.test(path);
