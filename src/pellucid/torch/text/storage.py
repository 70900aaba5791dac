"""tokenizer.json: the format in which the packages tokenizers and transformers keep byte-level BPE."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pellucid.torch.text.alphabet import read_visible, show_bytes

BYTE_LEVEL = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
MODEL = {
    "type": "BPE",
    "dropout": None,
    "unk_token": None,
    "continuing_subword_prefix": None,
    "end_of_word_suffix": None,
    "fuse_unk": False,
    "byte_fallback": False,
    "ignore_merges": False,
}
DECISIVE = (
    "dropout",
    "continuing_subword_prefix",
    "end_of_word_suffix",
    "ignore_merges",
)  # settings that change ids
PLAIN = {"single_word": False, "lstrip": False, "rstrip": False}

Parts = tuple[dict[bytes, int], list[tuple[bytes, bytes]], dict[str, int]]


def write_json(
    vocab: Mapping[bytes, int], merges: Sequence[tuple[bytes, bytes]], special: Mapping[str, int]
) -> str:
    """The file's text."""
    shown = {show_bytes(token): number for token, number in vocab.items()} | dict(special)
    added = [
        {"id": number, "content": token, **PLAIN, "normalized": False, "special": True}
        for token, number in sorted(special.items(), key=lambda item: item[1])
    ]
    content = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": added,
        "normalizer": None,
        "pre_tokenizer": BYTE_LEVEL,
        "post_processor": None,
        "decoder": BYTE_LEVEL,
        "model": {
            **MODEL,
            "vocab": dict(sorted(shown.items(), key=lambda item: item[1])),
            "merges": [[show_bytes(left), show_bytes(right)] for left, right in merges],
        },
    }
    return json.dumps(content, ensure_ascii=False, indent=1)


def read_json(text: str) -> Parts:
    """Vocabulary, merges and special tokens. ValueError, with all that differs, for a kind of tokenizer that is not this one."""
    try:
        content: Any = json.loads(text)
        model: Any = content["model"]
        check_kind(content, model)
        added: list[Any] = content.get("added_tokens") or []
        special: dict[str, int] = {token["content"]: token["id"] for token in added}
        vocab = {
            read_visible(shown): number for shown, number in model["vocab"].items() if shown not in special
        }
        pairs = [pair.split(" ") if isinstance(pair, str) else pair for pair in model["merges"]]
        return vocab, [(read_visible(left), read_visible(right)) for left, right in pairs], special
    except (KeyError, TypeError, AttributeError, json.JSONDecodeError) as error:
        raise ValueError(f"this is no tokenizer.json: {type(error).__name__}: {error}") from error


def check_kind(content: Any, model: Any) -> None:
    """ValueError for settings under which the ids would differ from ours."""
    splitter: Any = content["pre_tokenizer"] or {}
    found = [f"model.{key} = {model[key]!r}" for key in DECISIVE if model.get(key)]
    if model.get("type", "BPE") != "BPE":
        found.append(f"model.type = {model['type']!r}")
    found += [f"{key} is set" for key in ("truncation", "padding", "normalizer") if content.get(key)]
    if (
        splitter.get("type") != "ByteLevel"
        or splitter.get("add_prefix_space")
        or not splitter.get("use_regex", True)
    ):
        found.append(f"pre_tokenizer = {splitter}")
    if (content.get("post_processor") or BYTE_LEVEL)["type"] != "ByteLevel":
        found.append(f"post_processor = {content['post_processor']['type']}")
    added: list[Any] = content.get("added_tokens") or []
    for token in added:
        if not token.get("special") or any(token.get(key) for key in PLAIN):
            found.append(f"the added token {token['content']!r} is matched in its own way")
    if found:
        raise ValueError("only byte-level BPE split by GPT-2's rule can be read; here " + "; ".join(found))
