/** Starts a decoding worker that is part of this page. */
import Decoder from '../viewer/pixels/decoder.worker?worker&inline';

export const spawn = (): Worker => new Decoder();
