#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the small tokenizers of this folder: one merge table a kind of tokenizer.json that psmc reads.

    make_tokenizers.py FOLDER
"""
import collections
import json
import os
import re
import sys

TEXT = """The quick brown fox jumps over the lazy dog. It's a dog's life, isn't it? We'll see; they've said so, I'm sure.
In 1984 there were 12345 foxes and 678 dogs; 3.14159 is not 22/7. Über den Wäldern liegt Schnee, und die Füchse schlafen.
def f(x, y=10):\n    return x ** 2 + y  # the function of the fox\n\n\nfor (int i = 0; i < 100; ++i) {\n\tsum += a[i];\n}\n
El zorro marrón salta sobre el perro perezoso. Быстрая лиса прыгает через собаку. 敏捷的棕色狐狸跳过了懒狗。 狐狸和狗。
Once upon a time there was a fox who lived in the wood, and the fox was the friend of the dog, and they lived there.
"""
GPT2 = r"""'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""
LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
          r"|\s+(?!\S)|\s+")
O200K = (r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
         r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
         r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")


def alphabet():
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    codes, more = {b: b for b in plain}, 0
    for b in range(256):
        if b not in codes:
            codes[b] = 256 + more
            more += 1
    return [chr(codes[b]) for b in range(256)]


def train(words, count):
    """The plain algorithm: merge the most frequent pair; of equals the smallest."""
    words, merges = collections.Counter(words), []
    words = {tuple(w): n for w, n in words.items()}
    while len(merges) < count:
        pairs = collections.Counter()
        for w, n in words.items():
            for pair in zip(w, w[1:]):
                pairs[pair] += n
        best = min(pairs, key=lambda p: (-pairs[p], p))
        merges.append(best)
        merged = collections.Counter()
        for w, n in words.items():
            out, i = [], 0
            while i < len(w):
                if w[i:i + 2] == best:
                    out.append(w[i] + w[i + 1])
                    i += 2
                else:
                    out.append(w[i])
                    i += 1
            merged[tuple(out)] += n
        words = merged
    return merges


def added(first, contents, **more):
    return [dict(id=first + i, content=c, single_word=False, lstrip=False, rstrip=False, normalized=False, special=True)
            | more for i, c in enumerate(contents)]


def template(token, id):
    return dict(type="TemplateProcessing", single=[{"SpecialToken": {"id": token, "type_id": 0}},
                                                   {"Sequence": {"id": "A", "type_id": 0}}],
                pair=[], special_tokens={token: dict(id=token, ids=[id], tokens=[token])})


def tokenizer(vocab, merges, added_tokens, pre, decoder, post=None, normalizer=None, pairs=False, **model):
    merges = [list(m) if pairs else " ".join(m) for m in merges]
    return dict(version="1.0", truncation=None, padding=None, added_tokens=added_tokens, normalizer=normalizer,
                pre_tokenizer=pre, post_processor=post, decoder=decoder,
                model=dict(dict(type="BPE", dropout=None, unk_token=None, continuing_subword_prefix=None,
                                end_of_word_suffix=None, fuse_unk=False, byte_fallback=False, ignore_merges=False),
                           **model, vocab={t: i for i, t in enumerate(vocab)}, merges=merges))


def byte_level(pre, added_names, post=None, extra=(), **more):
    spelling = alphabet()
    words = ["".join(spelling[b] for b in w.encode()) for w in re.findall(r" ?\w+| ?[^\w\s]+|\s+", TEXT)]
    merges = train(words, 160)
    vocab = sorted(spelling) + [a + b for a, b in merges] + list(extra)
    tokens = added(len(vocab), added_names)
    if post:
        post = template(added_names[0], len(vocab))
    return tokenizer(vocab, merges, tokens, pre, dict(type="ByteLevel", add_prefix_space=True, trim_offsets=True,
                                                      use_regex=True), post, **more)


def pieces(pre, decoder, normalizer, fallback, **more):
    text = TEXT.replace(" ", "▁")
    merges = train(re.findall("▁?[^▁\n]+", text), 160)
    characters = [c for c in sorted(set(text)) if ord(c) < 0x250 or c == "▁"]
    vocab = ["<unk>", "<s>", "</s>"] + ([f"<0x{b:02X}>" for b in range(256)] if fallback else []) + characters
    merges = [(a, b) for a, b in merges if all(ord(c) < 0x250 or c == "▁" for c in a + b)]
    vocab += [a + b for a, b in merges if a + b not in vocab]
    return tokenizer(list(dict.fromkeys(vocab)), merges, added(0, ["<unk>", "<s>", "</s>"]), pre, decoder,
                     template("<s>", 1), normalizer, unk_token="<unk>", byte_fallback=fallback, **more)


def split(pattern, behavior="Isolated", invert=False):
    return dict(type="Split", pattern=dict(Regex=pattern), behavior=behavior, invert=invert)


def sequence(*steps):
    return dict(type="Sequence", pretokenizers=list(steps))


def main():
    level = dict(type="ByteLevel", add_prefix_space=False, trim_offsets=True, use_regex=False)
    full = dict(level, use_regex=True)
    metaspace = dict(type="Metaspace", replacement="▁", prepend_scheme="always", split=True)
    fused = dict(type="Sequence", decoders=[dict(type="Replace", pattern=dict(String="▁"), content=" "),
                                            dict(type="ByteFallback"), dict(type="Fuse"),
                                            dict(type="Strip", content=" ", start=1, stop=0)])
    made = {
        "gpt2": byte_level(full, ["<|endoftext|>"]),
        "prefix": byte_level(dict(full, add_prefix_space=True), ["<|endoftext|>"]),
        "llama3": byte_level(sequence(split(LLAMA3), level), ["<|begin_of_text|>", "<|end_of_text|>", "<|eot_id|>"],
                             post=True, extra=["Ġunmergeable"], ignore_merges=True, pairs=True),
        "cl100k": byte_level(sequence(split(LLAMA3, "Removed", True), level), ["<|endoftext|>", "<|endofprompt|>"]),
        "o200k": byte_level(sequence(split(O200K), level), ["<|endoftext|>"]),
        "digits": byte_level(sequence(dict(type="Digits", individual_digits=True), full),
                             ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]),
        "sentencepiece": pieces(None, fused, dict(type="Sequence", normalizers=[
            dict(type="Prepend", prepend="▁"), dict(type="Replace", pattern=dict(String=" "), content="▁")]), True,
            fuse_unk=True),
        "metaspace": pieces(metaspace, dict(metaspace), None, False),
        "metaspace_first": pieces(dict(metaspace, prepend_scheme="first", split=False), fused, None, True),
    }
    for name, content in made.items():
        with open(os.path.join(sys.argv[1], name + ".json"), "w") as f:
            json.dump(content, f, ensure_ascii=True, indent=None, separators=(",", ":"))
            f.write("\n")


if __name__ == "__main__":
    main()
