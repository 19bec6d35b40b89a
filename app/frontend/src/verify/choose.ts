/** What was chosen or dropped, as the files of a copy. */
import { type Files, MANIFESTS, Unreadable } from './found';
import { isoFiles } from './iso';
import { zipFiles } from './zip';

/** The files of a ZIP or an image. */
export async function ofFile(file: File): Promise<Files> {
  const found = await isoFiles(file) ?? await zipFiles(file);
  if (!found) throw new Unreadable();
  return found;
}

/** The files of a folder, named from where its list of files lies. */
export function ofFolder(chosen: [path: string, file: File][]): Files {
  const parts = chosen.map(([path]) => [path.slice(0, path.lastIndexOf('/') + 1), path.slice(path.lastIndexOf('/') + 1)] as const);
  const roots = parts.filter(([, name]) => MANIFESTS.some((own) => own === name)).map(([folder]) => folder);
  const root = roots.sort((one, other) => one.length - other.length)[0];
  if (root === undefined) throw new Unreadable();
  const inside = chosen.filter(([path]) => path.startsWith(root));
  return new Map(inside.map(([path, file]) => [path.slice(root.length), { size: file.size, content: () => file.stream() }]));
}

/** Everything below a folder that was dropped. */
export async function below(entry: FileSystemEntry): Promise<[string, File][]> {
  const path = entry.fullPath.replace(/^\//, '');
  if (entry.isFile) {
    return [[path, await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject))]];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const all: [string, File][] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return all;
    for (const inner of some) all.push(...await below(inner));
  }
}
