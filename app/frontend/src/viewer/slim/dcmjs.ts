/** Stands in for `dcmjs`, of which Cornerstone's metadata package takes a dictionary and a reader for DICOM
 *  in the browser. Ours reads none: the manifest tells all. What is needed at import is here; 159 kB are not. */

class Absent {
  constructor() {
    throw new Error('reading DICOM is not part of this build');
  }
}

const quiet = (): void => undefined;

function logger(): Record<string, unknown> {
  const error = (...what: unknown[]): void => console.error(...what);
  return { trace: quiet, debug: quiet, info: quiet, warn: quiet, error, setLevel: quiet, getLogger: logger };
}

export const log = logger();
export const constants = {
  IMPLICIT_LITTLE_ENDIAN: '1.2.840.10008.1.2',
  EXPLICIT_LITTLE_ENDIAN: '1.2.840.10008.1.2.1',
  DEFLATED_EXPLICIT_LITTLE_ENDIAN: '1.2.840.10008.1.2.1.99',
  EXPLICIT_BIG_ENDIAN: '1.2.840.10008.1.2.2',
};

/** Whatever begins with a capital is a keyword, and none has a tag of its own: the rules that name keywords
 *  compile, and are never applied. */
const tag = { tag: '(0000,0000)' };
const isKeyword = (name: string | symbol): boolean => typeof name === 'string' && /^[A-Z]/.test(name);
const keywords = new Proxy({}, {
  get: (_target, name) => (isKeyword(name) ? tag : undefined),
  getOwnPropertyDescriptor: (_target, name) =>
    (isKeyword(name) ? { value: tag, configurable: true, enumerable: false } : undefined),
});

export default {
  async: { AsyncDicomReader: Absent },
  data: { DicomMetaDictionary: { dictionary: {}, nameMap: keywords } },
  utilities: { DicomMetadataListener: Absent },
  log,
  constants,
};
