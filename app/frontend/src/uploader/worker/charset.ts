/** Text in the character set that an instance names (PS3.3 C.12.1.1.2). */

const LABELS: Record<string, string> = {
  'ISO_IR 100': 'windows-1252',
  'ISO_IR 101': 'iso-8859-2',
  'ISO_IR 109': 'iso-8859-3',
  'ISO_IR 110': 'iso-8859-4',
  'ISO_IR 144': 'iso-8859-5',
  'ISO_IR 127': 'iso-8859-6',
  'ISO_IR 126': 'iso-8859-7',
  'ISO_IR 138': 'iso-8859-8',
  'ISO_IR 148': 'windows-1254',
  'ISO_IR 203': 'iso-8859-15',
  'ISO_IR 13': 'shift_jis',
  'ISO_IR 166': 'windows-874',
  'ISO_IR 192': 'utf-8',
  'ISO_IR 87': 'iso-2022-jp',
  'ISO_IR 159': 'iso-2022-jp',
  'ISO_IR 149': 'euc-kr',
  'ISO_IR 58': 'gbk',
  GB18030: 'gb18030',
  GBK: 'gbk',
};

/** A disc names one or two; rubbish may name any number. */
const MOST_DECODERS = 20;
const decoders = new Map<string, (bytes: Uint8Array) => string>();

/** Returns a decoder for the values of (0008,0005); the last of several names the set that differs from ASCII. */
export function decoderOf(charset: string): (bytes: Uint8Array) => string {
  const known = decoders.get(charset) ?? newDecoder(charset);
  if (decoders.size < MOST_DECODERS) decoders.set(charset, known);
  return known;
}

function newDecoder(charset: string): (bytes: Uint8Array) => string {
  const terms = charset.split('\\').map((term) => term.trim().replace(/^ISO 2022 /, 'ISO_').replace(/^ISO_IR(\d)/, 'ISO_IR $1'));
  const term = terms.findLast((one) => LABELS[one]) ?? 'ISO_IR 100';
  const decoder = new TextDecoder(LABELS[term]);
  // Decoders other than ISO-2022-JP's do not know the escape sequences of ISO 2022.
  const escapes = LABELS[term] === 'iso-2022-jp' ? null : /\u001b[$(),\-./]+[A-Za-z0-9]/g;
  return (bytes) => {
    const text = decoder.decode(bytes);
    return escapes && text.includes('\u001b') ? text.replace(escapes, '') : text;
  };
}
