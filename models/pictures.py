#!/usr/bin/env python3
"""Paints the pictures that README and landing page show: `styles.jpg`, `landing-photo.avif` and `landing-painting.avif`.

Run it from the root of the repository when a style in the gallery is another one. It needs Pillow 11.3 or newer and
`limn-trainer` in the path or in `LIMN_TRAINER`.
"""

import json
import os
import subprocess
import tempfile
from pathlib import Path

from PIL import Image

MODELS = Path("models")
TRAINER = os.environ.get("LIMN_TRAINER", "limn-trainer")
SITTERS = {"mara": "portrait.jpg", "otto": "portrait-otto.jpg", "jun": "portrait-jun.jpg"}
# Who sits for which style in README; those not named are Mara's.
SEATS = {
    "pencil": "otto", "toon": "jun", "banknote": "otto", "oil": "otto", "newsprint": "jun",
    "chalkboard": "otto", "storybook": "jun", "comic": "jun",
}
# The landing page: three sitters side by side, each in another style.
LANDING = [("otto", "pencil"), ("mara", "pop"), ("jun", "toon")]
PANEL = (216, 400)


def paint(sitter: str, style: str, working_size: int, *more: str) -> Image.Image:
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "painting.png"
        command = [TRAINER, "stylize", "--model", MODELS / f"{style}-c16.bpk", "--input", MODELS / SITTERS[sitter],
                   "--output", output, "--working-size", str(working_size), *more]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return Image.open(output).convert("RGB")


def photo(sitter: str) -> Image.Image:
    return Image.open(MODELS / SITTERS[sitter]).convert("RGB")


def sheet(styles: list[str]) -> Image.Image:
    cells = [photo(sitter) for sitter in SITTERS]
    cells += [paint(SEATS.get(style, "mara"), style, 420) for style in styles]
    cells.append(paint("jun", "neon", 420, "--mix", str(MODELS / "riso-c16.bpk"), "--mix-amount", "0.5"))
    width, height, columns = 300, 375, 6
    rows = -(-len(cells) // columns)
    whole = Image.new("RGB", (width * columns, height * rows), "white")
    for i, cell in enumerate(cells):
        place = (width * (i % columns), height * (i // columns))
        whole.paste(cell.resize((width, height), Image.LANCZOS), place)
    return whole


def landing(pictures: list[Image.Image]) -> Image.Image:
    """The pictures side by side, each cut to its panel about the middle."""
    width, height = PANEL
    whole = Image.new("RGB", (width * len(pictures), height))
    for i, picture in enumerate(pictures):
        scaled = picture.resize((round(picture.width * height / picture.height), height), Image.LANCZOS)
        left = (scaled.width - width) // 2
        whole.paste(scaled.crop((left, 0, left + width, height)), (width * i, 0))
    return whole


def main() -> None:
    styles = [style["name"] for style in json.loads((MODELS / "styles.json").read_text())["styles"]]
    sheet(styles).save(MODELS / "styles.jpg", quality=86, optimize=True)
    photos = landing([photo(sitter) for sitter, _ in LANDING])
    paintings = landing([paint(sitter, style, 480) for sitter, style in LANDING])
    photos.save(MODELS / "landing-photo.avif", quality=36, speed=3)
    paintings.save(MODELS / "landing-painting.avif", quality=36, speed=3)


if __name__ == "__main__":
    main()
