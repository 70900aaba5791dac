"""Text for language models: a byte-pair tokenizer, and tokens drawn from a model's logits.

PyTorch has nothing of the kind. Names and results are those of the packages tokenizers and transformers.
"""

from __future__ import annotations

from pellucid.torch.text import logits
from pellucid.torch.text.beam import Beams, BeamStep, Hypothesis, beam_search
from pellucid.torch.text.generation import GenerationStep, generate
from pellucid.torch.text.logits import temperature, top_k, top_p
from pellucid.torch.text.tokenizer import BPETokenizer, EncodingStep
from pellucid.torch.text.training import Merge, MergeStep, trace_merges
from pellucid.torch.text.words import split_words

__all__ = [
    "BPETokenizer",
    "BeamStep",
    "Beams",
    "EncodingStep",
    "GenerationStep",
    "Hypothesis",
    "Merge",
    "MergeStep",
    "beam_search",
    "generate",
    "logits",
    "split_words",
    "temperature",
    "top_k",
    "top_p",
    "trace_merges",
]
