/** Stands in for `xmlbuilder2`, which VTK imports for a file format that we never read. */
const absent = (): never => {
  throw new Error('XML is not part of this build');
};
export const create = absent;
export const convert = absent;
export const fragment = absent;
export const builder = absent;
