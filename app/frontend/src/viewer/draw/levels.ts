/** Smaller copies of large pictures: a screen shows at most its own pixels, so windowing more is waste. */
import type { Stored } from '../pixels/job';
import type { Values } from '../pixels/values';

const SMALL = 1 << 21; // pixels; below this a whole picture is windowed in a few milliseconds
const made = new WeakMap<Values, Values>();

function halved(values: Values): Values {
  const { pixels, samples } = values;
  const [rows, columns] = [values.rows >> 1, values.columns >> 1];
  const target = new (pixels.constructor as new (length: number) => Stored)(rows * columns * samples);
  const whole = !(pixels instanceof Float32Array);
  const across = values.columns * samples;
  let to = 0;
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const at = (2 * y * values.columns + 2 * x) * samples;
      for (let sample = at; sample < at + samples; sample++) {
        const sum = (pixels[sample] as number) + (pixels[sample + samples] as number)
          + (pixels[sample + across] as number) + (pixels[sample + across + samples] as number);
        target[to++] = whole ? Math.round(sum / 4) : sum / 4;
      }
    }
  }
  return { ...values, pixels: target, rows, columns };
}

/** The copy to draw from at `scale` screen pixels a picture pixel: the picture itself unless it is large and shown small. */
export function levelFor(values: Values, scale: number): Values {
  let level = values;
  for (let rest = scale; rest <= 0.5 && level.rows * level.columns > SMALL; rest *= 2) {
    const next = made.get(level) ?? halved(level);
    made.set(level, next);
    level = next;
  }
  return level;
}
