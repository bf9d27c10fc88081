"""Draws the six cards of flat colours that the styles learn from beside photos: white, black and five others on each, some
with a ramp, soft edges or noise. Photos have few walls that are quite white or quite black, and a style that has seen none
paints them as it likes.

    python3 cards.py FOLDER        needs numpy, scipy and Pillow
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

SIDE = 480
COLOURS = [
    (1, 1, 1), (0, 0, 0), (.95, .95, .95), (.05, .05, .06), (.5, .5, .5), (.75, .74, .72), (.25, .25, .28), (.85, .68, .55),
    (.6, .42, .32), (.35, .22, .16), (.9, .85, .2), (.1, .35, .7), (.15, .55, .25), (.8, .15, .15), (.95, .6, .7),
    (.3, .6, .9), (.98, .98, 1), (.02, .02, .1),
]
# Left, top, right and bottom.
CELLS = [
    (0, 0, 240, 200), (240, 0, 480, 160), (0, 200, 160, 480), (160, 200, 330, 340), (330, 160, 480, 340),
    (160, 340, 480, 480), (240, 160, 330, 200),
]


def card(k, random):
    others = [place for place in random.permutation(len(COLOURS)) if place > 1][:5]
    chosen = [COLOURS[place] for place in [0, 1, *others]]
    chosen = [chosen[place] for place in random.permutation(len(CELLS))]
    image = np.zeros((SIDE, SIDE, 3))
    for (left, top, right, bottom), colour in zip(CELLS, chosen):
        image[top:bottom, left:right] = colour
    if k % 3 == 1:
        ramp = np.linspace(0, 1, 320)[None, :, None]
        image[340:480, 160:480] = ramp * np.array(chosen[0]) + (1 - ramp) * np.array(chosen[1])
    if k % 3 == 2:
        image = gaussian_filter(image, (3, 3, 0))
    if k % 2:
        image = image + random.normal(0, 1 / 255, image.shape)
    else:
        image = np.rot90(image, k // 2)
    return (np.clip(image, 0, 1) * 255 + .5).astype("uint8")


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(7)
    for k in range(6):
        Image.fromarray(card(k, random)).save(folder / f"card-{k + 1}.png")
