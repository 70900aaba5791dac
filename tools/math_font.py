"""Make the book's math fonts out of STIX Two Math: what nearly every page needs, letters in bold and script, the rest.

    python tools/math_font.py stix-two-math-latin-400-normal.woff2

The argument is the font of the npm package `@fontsource/stix-two-math` (`npm pack` it). The results stand in web/src/style/fonts:
the fonts, and fonts.css, which makes a browser load the second and third only for a page with one of their characters.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

FOLDER = Path(__file__).parents[1] / "web/src/style/fonts"
FAMILY = "Pellucid Math"
LARGEST = 5
"""How many sizes of a bracket are kept where the font can also build it from pieces."""


def span(first: str, last: str) -> set[int]:
    return set(range(ord(first), ord(last) + 1))


def each(characters: str) -> set[int]:
    return {ord(character) for character in characters if not character.isspace()}


COMMON: dict[str, set[int]] = {
    "ascii": span(" ", "~") | {0xA0},
    "greek": each("ΓΔΘΛΞΠΣΦΨΩ") | span("α", "ω") | each("ϵϕ"),
    "italic": span("𝐴", "𝑧") | each("ℎ") | span("𝛼", "𝜔") | each("𝛤𝛥𝛩𝛬𝛴𝛷𝛹𝛺𝜕𝜖𝜙"),
    "blackboard": each("ℂℕℙℚℝℤ𝔼𝕍𝟙"),
    "letters": each("∂∇∅∞⊤ℓ"),
    "relations": each("≠≤≥≪≫≈≡≅≃∼≔∝∈∉⊂⊆⊥∥∣⟂"),
    "operators": each("±×÷−∗∘⋅·∖∧∨¬∩∪⊕⊗⊙√∀∃…⋯⋮⋱′″"),
    "arrows": each("←→⇐⇒⇔↑↓↦⟶⟹⟺"),
    "large": each("∑∏∫"),
    "fences": each("⟨⟩⌈⌉⌊⌋‖"),
    "accents": each("ˆˇ˘˙˜¨´¯‾⏞⏟"),
    "invisible": span("\u2061", "\u2064"),
}
LETTERS: dict[str, set[int]] = {
    "bold": span("𝐀", "𝐳") | span("𝟎", "𝟗") | span("𝛂", "𝛚") | each("𝚪𝚫𝚯𝚲𝚺𝚽𝚿𝛀"),
    "bold italic": span("𝑨", "𝒛") | span("𝜶", "𝝎"),
    "script": span("𝒜", "𝒵") | each("ℬℰℱℋℐℒℳℛ"),
}
MORE: dict[str, set[int]] = {
    "alphabets": span("\U0001d400", "\U0001d7ff"),
    "letterlike": span("\u2100", "\u214f"),
    "greek": span("\u0370", "\u03ff"),
    "arrows": span("\u2190", "\u21ff") | span("\u27f0", "\u27ff"),
    "operators": span("\u2200", "\u22ff")
    | span("\u2a00", "\u2a1f")
    | span("\u2a7d", "\u2a96")
    | span("\u2aaf", "\u2ab6"),
    "technical": span("\u2300", "\u230b")
    | span("\u23b4", "\u23b5")
    | span("\u23dc", "\u23e1")
    | span("\u27e6", "\u27ef"),
    "shapes": span("\u25a0", "\u25ff"),
    "marks": each("†‡‴‵˚¬°‐–—‗") | span("\u0300", "\u0338") | {0x20D6, 0x20D7, 0x20DB},
}


def make_fonts(source: Path, folder: Path = FOLDER) -> dict[str, int]:
    """Write the fonts and their style sheet; returns the sizes in bytes."""
    available = set(TTFont(source).getBestCmap())
    common = set[int]().union(*COMMON.values()) & available
    letters = set[int]().union(*LETTERS.values()) & available
    more = (set[int]().union(*MORE.values()) & available) - common - letters
    files = {
        "pellucid-math.woff2": common,
        "pellucid-math-letters.woff2": letters,
        "pellucid-math-more.woff2": more,
    }
    faces = [face(name, characters) for name, characters in files.items()]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "fonts.css").write_text(
        "/* Written by tools/math_font.py. */\n\n" + "\n".join(faces), encoding="utf-8"
    )
    return {name: cut(source, characters, folder / name) for name, characters in files.items()}


def cut(source: Path, characters: set[int], target: Path) -> int:
    """A font of these characters and of what the MATH table makes of them; returns its size in bytes."""
    font = TTFont(source)
    keep_few_sizes(font)
    stretch_accents(font)
    lower_primes(font)
    options = subset.Options(
        hinting=False,
        glyph_names=False,
        notdef_outline=True,
        layout_features=[],
        drop_tables=["GPOS", "GDEF", "DSIG"],
        name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14],
        flavor="woff2",
    )
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=characters)
    cutter.subset(font)
    for name in font["name"].names:
        if name.nameID in (1, 3, 4):
            name.string = FAMILY
        elif name.nameID == 6:
            name.string = FAMILY.replace(" ", "")
    font.save(target)
    return target.stat().st_size


def keep_few_sizes(font: TTFont) -> None:
    """Forget the largest ready-made sizes of whatever can be assembled."""
    variants = font["MATH"].table.MathVariants
    for construction in (*variants.VertGlyphConstruction, *variants.HorizGlyphConstruction):
        if construction.GlyphAssembly is not None:
            del construction.MathGlyphVariantRecord[LARGEST:]


def stretch_accents(font: TTFont) -> None:
    """Give the accents that Temml writes the sizes that the font has for the combining ones."""
    characters = font.getBestCmap()
    variants = font["MATH"].table.MathVariants
    constructions = dict(
        zip(variants.HorizGlyphCoverage.glyphs, variants.HorizGlyphConstruction, strict=True)
    )
    for written, combining in (("ˆ", "\u0302"), ("~", "\u0303")):
        constructions[characters[ord(written)]] = constructions[characters[ord(combining)]]
    glyphs = sorted(constructions, key=font.getGlyphID)
    variants.HorizGlyphCoverage.glyphs = glyphs
    variants.HorizGlyphConstruction = [constructions[glyph] for glyph in glyphs]
    variants.HorizGlyphCount = len(glyphs)


def lower_primes(font: TTFont) -> None:
    """Draw primes large and low: in a formula they stand as superscripts, which raises and shrinks them."""
    characters = font.getBestCmap()
    glyphs = font.getGlyphSet()
    for prime in "′″‴":
        name = characters[ord(prime)]
        advance, bearing = font["hmtx"][name]
        pen = TTGlyphPen(None)
        glyphs[name].draw(TransformPen(pen, (1.5, 0, 0, 1.5, 0, -518)))
        font["glyf"][name] = pen.glyph()
        font["hmtx"][name] = (round(1.5 * advance), round(1.5 * bearing))


def face(name: str, characters: set[int]) -> str:
    """The @font-face rule, with the characters as ranges."""
    ranges: list[list[int]] = []
    for character in sorted(characters):
        if ranges and character == ranges[-1][1] + 1:
            ranges[-1][1] = character
        else:
            ranges.append([character, character])
    spans = (f"U+{first:X}" if first == last else f"U+{first:X}-{last:X}" for first, last in ranges)
    return (
        f'@font-face {{\n  font-family: "{FAMILY}";\n  src: url("./{name}") format("woff2");\n'
        f"  font-display: block;\n  unicode-range: {', '.join(spans)};\n}}\n"
    )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    for name, size in make_fonts(Path(sys.argv[1])).items():
        print(f"{name}: {size / 1000:.1f} kB")
