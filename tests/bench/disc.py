"""A disc big enough to measure on: a CT of 512 × 512 slices, drawn, a third of it noise."""

from pathlib import Path

import numpy as np

from tests.factories import ct_dataset, part10

SIDE = 512


def write(folder: Path, slices: int) -> int:
    """Write ``slices`` CT instances below ``folder``; return their size in bytes."""
    y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    random = np.random.default_rng(1)
    size = 0
    for number in range(1, slices + 1):
        body = np.where(x**2 / 0.7 + y**2 / 0.4 < 1, 40, -1000) + 60 * np.cos(9 * x + number / 20)
        noise = random.normal(0, 12, (SIDE, SIDE)) * (body > -900)
        dataset = ct_dataset(number, side=SIDE)
        dataset.PixelData = np.rint(body + noise).astype("<i2").tobytes()
        data = part10(dataset)
        (folder / f"IM{number:05d}").write_bytes(data)
        size += len(data)
    return size
