/** Stands in for VTK's readers of surface files and for its WebGPU parts, which nothing here reaches. */
const newInstance = (): never => {
  throw new Error('not part of this build');
};
const extend = newInstance;
export { extend, newInstance };
export default { extend, newInstance };
