"""Cut the two chart fonts out of the variable Inter 4.1 (SIL OFL 1.1).

Run once; its output is committed. Needs fonttools and brotli, which the bot itself does not:

    npm pack inter-ui@4.1.1 && tar xzf inter-ui-4.1.1.tgz
    uv run --no-project --with fonttools --with brotli tools/build_fonts.py package bot/views/fonts
"""

import shutil
import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

FAMILY = "CX Sans"
WEIGHTS = {400: "Regular", 600: "SemiBold"}
SYMBOLS = "−≈≠≤≥∞÷×·•■□▲△▼▽▶◀●○★☆✓✗←↑→↓↔−‐‑‒–—―‘’‚“”„†‡…‰‹›"
RANGES = ((0x20, 0x17F), (0x218, 0x21B), (0x370, 0x3FF), (0x400, 0x45F), (0x490, 0x491), (0x20A0, 0x20BF))
# 1 January 2026 in seconds since 1904: a fixed stamp, so that the same input gives the same bytes.
STAMP = 3_850_070_400


def main(source: Path, target: Path) -> None:
    """Write both weights and the licence text into `target`."""
    for weight, style in WEIGHTS.items():
        font = TTFont(source / "variable" / "InterVariable.woff2", recalcTimestamp=False)
        font = instantiateVariableFont(font, {"wght": weight, "opsz": 14}, inplace=False)
        bake_tabular_digits(font)
        subset(font)
        rename(font, weight, style)
        font.flavor = None
        font.save(target / f"cx-sans-{weight}.ttf")
    shutil.copy(source / "LICENSE.txt", target / "OFL.txt")


def bake_tabular_digits(font: TTFont) -> None:
    """Point 0-9 at the `tnum` glyphs: matplotlib honours the feature when drawing but not when measuring."""
    gsub = font["GSUB"].table
    features = [record.Feature for record in gsub.FeatureList.FeatureRecord if record.FeatureTag == "tnum"]
    lookups = {index for feature in features for index in feature.LookupListIndex}
    swaps: dict[str, str] = {}
    for index in sorted(lookups):
        for part in gsub.LookupList.Lookup[index].SubTable:
            swaps |= getattr(part, "ExtSubTable", part).mapping
    for table in font["cmap"].tables:
        for digit in map(ord, "0123456789"):
            if digit in table.cmap:
                name = table.cmap[digit]
                table.cmap[digit] = swaps.get(name, name)  # several tables may share one mapping


def subset(font: TTFont) -> None:
    options = Options()
    options.layout_features = ["kern", "mark", "mkmk", "ccmp", "locl"]
    options.hinting = False
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.glyph_names = False
    cutter = Subsetter(options)
    cutter.populate(unicodes=[c for low, high in RANGES for c in range(low, high + 1)] + [ord(c) for c in SYMBOLS])
    cutter.subset(font)


def rename(font: TTFont, weight: int, style: str) -> None:
    """Give the family a name of its own, so that an Inter of the system never mixes in."""
    names = font["name"]
    for record in list(names.names):
        if record.nameID in (1, 2, 3, 4, 6, 16, 17, 25):
            names.removeNames(nameID=record.nameID)
    # matplotlib reads the weight from the subfamily's words and groups faces by name 1.
    for name_id, text in ((1, FAMILY), (2, style), (3, f"cx-sans-{weight}"), (4, f"{FAMILY} {style}"), (6, f"CXSans-{style}")):
        names.setName(text, name_id, 3, 1, 0x409)
        names.setName(text, name_id, 1, 0, 0)
    font["OS/2"].usWeightClass = weight
    font["head"].created = font["head"].modified = STAMP


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
