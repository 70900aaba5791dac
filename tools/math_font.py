"""Make the book's math font: STIX Two Math, cut to the characters that such a book sets, with its MATH table.

    python tools/math_font.py stix-two-math-latin-400-normal.woff2

The argument is the font of the npm package `@fontsource/stix-two-math` (`npm pack` it); the result is
web/src/style/fonts/pellucid-math.woff2. A character that is not here falls back to the reader's system.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

TARGET = Path(__file__).parents[1] / "web/src/style/fonts/pellucid-math.woff2"
FAMILY = "Pellucid Math"


def span(first: str, last: str) -> set[int]:
    return set(range(ord(first), ord(last) + 1))


def each(characters: str) -> set[int]:
    return {ord(character) for character in characters if not character.isspace()}


CHARACTERS: dict[str, set[int]] = {
    "ascii": span(" ", "~") | {0xA0},
    "greek": each("ΓΔΘΛΞΠΣΥΦΨΩ") | span("α", "ω") | each("ϑϕϵϖϱ"),
    "italic": span("𝐴", "𝑧") | each("ℎ") | span("𝛤", "𝜛") | each("ıȷ𝚤𝚥"),
    "bold": span("𝐀", "𝐳") | span("𝟎", "𝟗") | span("𝛂", "𝛚") | each("𝚪𝚫𝚯𝚲𝚺𝚽𝚿𝛀"),
    "bold italic": span("𝑨", "𝒛") | span("𝜶", "𝝎"),
    "script": span("𝒜", "𝒵") | each("ℬℰℱℋℐℒℳℛℓ"),
    "blackboard": each("ℂℍℕℙℚℝℤ𝔼𝕀𝕍𝟙"),
    "letters": each("ℏℜℑℵ∂∇∅∞𝖳⊤⊺†‡"),
    "relations": each("≠≤≥≪≫≲≳≺≻⪯⪰≈≡≅≃∼≍≐≔≜∝∈∉∋⊂⊆⊃⊇⊥⟂∥∤∣⊢⊨"),
    "operators": each("±∓×÷−∗⋆∘∙•⋅·⋄∖∧∨¬∩∪⊕⊗⊙√∛∀∃∠△□■∎∴∵…⋯⋮⋱′″‴:"),
    "arrows": each("←→↔⇐⇒⇔↑↓↕↗↘↦↪⇀⟵⟶⟷⟸⟹⟺⟼"),
    "large": each("∑∏∐∫∬∮⋃⋂⋁⋀⨁⨂"),
    "fences": each("⟨⟩⌈⌉⌊⌋‖‗"),
    "accents": each("ˆˇ˘˙˚˜¨´¯‾_⏞⏟⎴⎵") | {0x300, 0x301, 0x302, 0x303, 0x304, 0x307, 0x308, 0x20D7, 0x338},
    "invisible": {0x2061, 0x2062, 0x2063, 0x2064},
}


def make_font(source: Path, target: Path = TARGET) -> int:
    """Write the subset; returns its size in bytes."""
    font = TTFont(source)
    options = subset.Options(
        hinting=False,
        glyph_names=False,
        notdef_outline=True,
        layout_features=["ss04"],  # primes and other scripts in their own drawing
        drop_tables=["GPOS", "GDEF", "DSIG"],
        name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14],
        flavor="woff2",
    )
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=set().union(*CHARACTERS.values()))
    cutter.subset(font)
    for name in font["name"].names:
        if name.nameID in (1, 3, 4):
            name.string = FAMILY
        elif name.nameID == 6:
            name.string = FAMILY.replace(" ", "")
    target.parent.mkdir(parents=True, exist_ok=True)
    font.save(target)
    return target.stat().st_size


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    print(f"{TARGET}: {make_font(Path(sys.argv[1])) / 1000:.1f} kB")
