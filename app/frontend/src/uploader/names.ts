/** Names of people as they are said. */

/** Returns a PN (PS3.5 6.2) as it is said: prefix, given, middle, family name, suffix. */
export function person(name: string): string {
  const group = name.split('=').find((part) => part.replace(/[\^ ]/g, '') !== '') ?? '';
  const [family = '', given = '', middle = '', prefix = '', suffix = ''] = group.split('^').map((part) => part.trim());
  const said = [prefix, given, middle, family].filter(Boolean).join(' ');
  return [said, suffix].filter(Boolean).join(', ') || 'No name';
}
