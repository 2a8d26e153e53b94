# SPDX-License-Identifier: Apache-2.0
"""Trains the small King James model of this folder: tokenizer, training, evaluation, export.

    bible -f -l10000 Gen1:1-Rev22:21 > kjv.txt
    python3 train.py kjv.txt --out a --minutes 64                  # train, export, measure
    python3 train.py kjv.txt --out b --resume a --rate 1e-3        # second phase, from a
    python3 train.py kjv.txt --out . --mix b,c                     # the mean of b and c
    python3 train.py kjv.txt --out . --evaluate                    # only measure what is there

The clock (--minutes) or a count (--steps) ends each phase, whichever is first.

The second phase (--resume) keeps the rate constant and exports a running mean of the weights, which
stands for a falling rate and is good whenever the clock ends it. Half of its sequences get made-up
book names, so that the model learns to copy a name from the verse before rather than to know it;
it is not asked to make up names itself.

The first nine tenths of the bytes train tokenizer and model; the last tenth is held out. Token 0
stands before each sequence and after each book, so it is begin and end of text at once. Weights and
optimiser are float32, matrix products in training bfloat16; evaluation and the expected ids use
float32 arithmetic on the bfloat16-rounded weights read back from the exported file.
"""
import argparse
import bisect
import json
import math
import os
import random
import re
import struct
import time
from collections import Counter

import torch
import torch.nn.functional as F

CONFIG = dict(
    architectures=["LlamaForCausalLM"], model_type="llama", vocab_size=1024, hidden_size=192,
    intermediate_size=384, num_hidden_layers=5, num_attention_heads=8, num_key_value_heads=4,
    head_dim=32, max_position_embeddings=256, rope_theta=10000.0, rms_norm_eps=1e-5,
    hidden_act="silu", attention_bias=False, mlp_bias=False, tie_word_embeddings=True,
    bos_token_id=0, eos_token_id=0, torch_dtype="bfloat16")
END = "<|endoftext|>"

# GPT-2's split; [^\W\d_] is \p{L} and \d is \p{N} for the texts that occur here.
SPLIT = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d| ?[^\W\d_]+| ?\d+| ?(?:[^\s\w]|_)+|\s+(?!\S)|\s+")
REFERENCE = re.compile(r"(?:([1-3]?[A-Za-z]+)\d+:\d+)?")


def byte_alphabet():
    """GPT-2's table from byte to printable character."""
    keep = {*range(33, 127), *range(161, 173), *range(174, 256)}
    rest = [b for b in range(256) if b not in keep]
    return {b: chr(b) if b in keep else chr(256 + rest.index(b)) for b in range(256)}


def merge_pair(parts, pair):
    out = parts[:1]
    for part in parts[1:]:
        # A merged part cannot be the left half again: it is longer than pair[0].
        out[-1:] = [out[-1] + part] if (out[-1], part) == pair else [out[-1], part]
    return out


def train_merges(text, count):
    """The `count` most frequent merges, ties broken by the pair's text."""
    alphabet, freq, merges = byte_alphabet(), Counter(SPLIT.findall(text)), []
    words = {w: [alphabet[b] for b in w.encode()] for w in freq}
    for _ in range(count):
        pairs = Counter()
        for w, parts in words.items():
            for p in zip(parts, parts[1:]):
                pairs[p] += freq[w]
        merges.append(max(pairs, key=lambda p: (pairs[p], p)))
        words = {w: merge_pair(parts, merges[-1]) for w, parts in words.items()}
    return merges


class Tokenizer:
    def __init__(self, merges):
        self.alphabet = byte_alphabet()
        self.merges = merges
        self.rank = {p: i for i, p in enumerate(merges)}
        names = [END] + [self.alphabet[b] for b in range(256)] + [a + b for a, b in merges]
        self.vocab = {n: i for i, n in enumerate(names)}
        back = {c: b for b, c in self.alphabet.items()}
        self.bytes = [b""] + [bytes(back[c] for c in n) for n in names[1:]]
        self.cache = {}

    def encode_word(self, word):
        if word not in self.cache:
            parts = [self.alphabet[b] for b in word.encode()]
            while len(parts) > 1:
                best = min(zip(parts, parts[1:]), key=lambda p: self.rank.get(p, 1 << 30))
                if best not in self.rank:
                    break
                parts = merge_pair(parts, best)
            self.cache[word] = [self.vocab[p] for p in parts]
        return self.cache[word]

    def encode(self, text):
        return [t for w in SPLIT.findall(text) for t in self.encode_word(w)]

    def decode(self, ids):
        return b"".join(self.bytes[i] for i in ids).decode(errors="replace")

    def save(self, path):
        level = dict(type="ByteLevel", add_prefix_space=False, trim_offsets=True, use_regex=True)
        model = dict(type="BPE", dropout=None, unk_token=None, continuing_subword_prefix=None,
                     end_of_word_suffix=None, fuse_unk=False, byte_fallback=False,
                     vocab=self.vocab, merges=[f"{a} {b}" for a, b in self.merges])
        special = dict(id=0, content=END, single_word=False, lstrip=False, rstrip=False,
                       normalized=False, special=True)
        with open(path, "w", encoding="utf-8") as f:
            json.dump(dict(version="1.0", truncation=None, padding=None, added_tokens=[special],
                           normalizer=None, pre_tokenizer=level, post_processor=None,
                           decoder=level, model=model), f, ensure_ascii=False, indent=1)

    @staticmethod
    def load(path):
        with open(path, encoding="utf-8") as f:
            return Tokenizer([tuple(m.split(" ")) for m in json.load(f)["model"]["merges"]])


def tokenize_text(text, tokenizer):
    """Token stream with END after each book, the verses: (offset of the words after the reference
    in the stream, the first word's ids as they are without a space before it), and the book names:
    (offset, how many ids)."""
    ids, verses, names, book = [], [], [], None
    for line in text.splitlines(keepends=True):
        m = REFERENCE.match(line)
        ids += [0] if m[1] and book and m[1] != book else []
        names += [(len(ids), len(tokenizer.encode(m[1])))] if m[1] else []
        ids += tokenizer.encode(m[0])
        if m[1]:
            book, word = m[1], SPLIT.match(line, m.end())[0]
            at = len(ids) + len(tokenizer.encode_word(word))
            verses.append((at, tokenizer.encode_word(word.lstrip(" "))))
        ids += tokenizer.encode(line[m.end():])
    return ids, verses, names


def made_up_names(text, tokenizer, rng):
    """The ids of 4000 book names that look like abbreviations: beginnings of words of the text."""
    words = sorted(set(re.findall("[A-Za-z]{2,}", text)))
    return [tokenizer.encode(rng.choice(["", "", "", rng.choice("123")]) +
                             rng.choice(words)[:rng.randint(2, 5)].capitalize())
            for _ in range(4000)]


def rename(ids, names, at, end, pool, rng):
    """ids[at:end] with another name from `pool` for each book in it, and the targets: the same but
    where a new name first stands, which nobody can know."""
    out, targets, new = [], [], {}
    for start, count in names[bisect.bisect(names, (at, 0)):]:
        if start >= end:
            break
        book = tuple(ids[start:start + count])
        known, name = book in new, new.setdefault(book, rng.choice(pool))
        out += ids[at:start] + name
        targets += ids[at:start] + (name if known else [-100] * len(name))
        at = start + count
    return out + ids[at:end], targets + ids[at:end]


def sample_batch(stream, pool, batch, length, rng):
    """END and `length` ids from random places; a quarter begin with a verse's words and without
    its reference, as prompts do. With a `pool` of names half of them are renamed."""
    (ids, verses, names), inputs, targets = stream, [], []
    for _ in range(batch):
        at, head = rng.randrange(len(ids) - length // 4), []
        if rng.random() < 0.25:
            at, head = rng.choice(verses)
        end = at + length - len(head)
        row = target = ids[at:end]
        if pool and rng.random() < 0.5:
            row, target = rename(ids, names, at, end, pool, rng)
        row, target = ([0] + head + row)[:length], (head + target)[:length]
        inputs.append(row + [0] * (length - len(row)))
        targets.append(target + [-100] * (length - len(target)))
    return torch.tensor(inputs), torch.tensor(targets)


class Llama:
    """Llama's forward pass over a dictionary of tensors with Hugging Face's names."""
    def __init__(self, config, weights, compute=torch.float32):
        self.c, self.w, self.compute = config, weights, compute
        n, d = config["max_position_embeddings"], config["head_dim"]
        rate = config["rope_theta"] ** (-torch.arange(0, d, 2).float() / d)
        angle = torch.outer(torch.arange(n).float(), rate)
        self.cos, self.sin = angle.cos().to(compute), angle.sin().to(compute)
        self.causal = torch.full((n, n), float("-inf")).triu(1).to(compute)

    def norm(self, x, name):
        scale = torch.rsqrt(x.square().mean(-1, keepdim=True) + self.c["rms_norm_eps"])
        return (x * scale * self.w[name]).to(self.compute)

    def linear(self, x, name):
        return x @ self.w[name].to(self.compute).t()

    def rotate(self, x):
        """RoPE on [sequences, heads, positions, head_dim]; the pair of i is i + head_dim/2."""
        a, b = x.chunk(2, -1)
        cos, sin = self.cos[:x.shape[2]], self.sin[:x.shape[2]]
        return torch.cat((a * cos - b * sin, b * cos + a * sin), -1)

    def attention(self, x, prefix):
        (s, t, _), c = x.shape, self.c
        d, heads, kv = c["head_dim"], c["num_attention_heads"], c["num_key_value_heads"]
        q, k, v = (self.linear(x, f"{prefix}{n}_proj.weight").view(s, t, -1, d).transpose(1, 2)
                   for n in "qkv")
        # The heads that share a key head become further rows of one product.
        q = (self.rotate(q) * d ** -0.5).reshape(s * kv, heads // kv * t, d)
        k, v = self.rotate(k).reshape(s * kv, t, d), v.reshape(s * kv, t, d)
        score = torch.bmm(q, k.transpose(1, 2)).view(-1, heads // kv, t, t)
        weight = (score + self.causal[:t, :t]).softmax(-1).view(s * kv, -1, t)
        out = torch.bmm(weight, v).view(s, heads, t, d).transpose(1, 2).reshape(s, t, heads * d)
        return self.linear(out, prefix + "o_proj.weight")

    def mlp(self, x, prefix):
        gate, up = (self.linear(x, f"{prefix}{n}_proj.weight") for n in ("gate", "up"))
        return self.linear(F.silu(gate) * up, prefix + "down_proj.weight")

    def __call__(self, ids, drop=lambda x: x):
        """Logits [sequences, positions, vocabulary] in float32; `drop` is dropout."""
        embedding = self.w["model.embed_tokens.weight"]
        x = drop(F.embedding(ids, embedding))
        for i in range(self.c["num_hidden_layers"]):
            p = f"model.layers.{i}."
            y = self.norm(x, p + "input_layernorm.weight")
            x = x + drop(self.attention(y, p + "self_attn."))
            y = self.norm(x, p + "post_attention_layernorm.weight")
            x = x + drop(self.mlp(y, p + "mlp."))
        return (self.norm(x, "model.norm.weight") @ embedding.to(self.compute).t()).float()


def initial_weights(c):
    d, h = c["hidden_size"], c["intermediate_size"]
    q, kv = (c[k] * c["head_dim"] for k in ("num_attention_heads", "num_key_value_heads"))
    deep = (2 * c["num_hidden_layers"]) ** -0.5
    shapes = [("self_attn.q_proj", q, d, 1), ("self_attn.k_proj", kv, d, 1),
              ("self_attn.v_proj", kv, d, 1), ("self_attn.o_proj", d, q, deep),
              ("mlp.gate_proj", h, d, 1), ("mlp.up_proj", h, d, 1), ("mlp.down_proj", d, h, deep)]
    w = {"model.embed_tokens.weight": torch.randn(c["vocab_size"], d) * 0.02,
         "model.norm.weight": torch.ones(d)}
    for i in range(c["num_hidden_layers"]):
        for name, out, inner, scale in shapes:
            w[f"model.layers.{i}.{name}.weight"] = torch.randn(out, inner) * scale / 2 / inner**0.5
        for name in ("input", "post_attention"):
            w[f"model.layers.{i}.{name}_layernorm.weight"] = torch.ones(d)
    return w


def save_weights(weights, path):
    """safetensors: header length, JSON header padded to 8 bytes, then the bfloat16 tensors."""
    header, blobs, at = {"__metadata__": {"format": "pt"}}, [], 0
    for name in sorted(weights):
        t = weights[name].detach().bfloat16().view(torch.int16)
        blobs.append(t.numpy().astype("<i2").tobytes())
        end = at + len(blobs[-1])
        header[name] = dict(dtype="BF16", shape=list(t.shape), data_offsets=[at, end])
        at = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path + ".part", "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))
    os.replace(path + ".part", path)


def load_weights(path):
    data = bytearray(open(path, "rb").read())
    start = 8 + struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:start])
    del header["__metadata__"]
    return {name: torch.frombuffer(data, dtype=torch.bfloat16, count=math.prod(e["shape"]),
                                   offset=start + e["data_offsets"][0]).view(e["shape"]).float()
            for name, e in header.items()}


@torch.no_grad()
def bits_per_byte(model, ids, byte_count):
    """Windows of END and max_position_embeddings - 1 ids, moved by half of that length; each id
    is scored once, where it has at least half a window before it (the first window: all ids)."""
    span = model.c["max_position_embeddings"]
    starts = [0, *range(span // 2, len(ids) - span // 2, span // 2)]
    total = 0.0
    for i in range(0, len(starts), 16):
        rows = [[0] + ids[s:s + span] for s in starts[i:i + 16]]
        rows = torch.tensor([r + [-100] * (span + 1 - len(r)) for r in rows])
        target = rows[:, 1:].clone()
        target[1 if i == 0 else 0:, :span // 2] = -100
        logits = model(rows[:, :-1].clamp(min=0))
        total += F.cross_entropy(logits.flatten(0, 1), target.flatten(), reduction="sum").item()
    return total / math.log(2) / byte_count


@torch.no_grad()
def generate(model, ids, count, temperature=0.0, seed=1):
    """`ids` and `count` more; greedy at temperature 0."""
    ids, g = list(ids), torch.Generator().manual_seed(seed)
    for _ in range(count):
        logits = model(torch.tensor([ids[-model.c["max_position_embeddings"]:]]))[0, -1]
        p = (logits / (temperature or 1)).softmax(-1)
        ids.append(int(torch.multinomial(p, 1, generator=g) if temperature else logits.argmax()))
    return ids


def export(out, tokenizer, weights):
    with open(f"{out}/config.json", "w") as f:
        f.write(json.dumps(CONFIG, indent=2) + "\n")
    tokenizer.save(f"{out}/tokenizer.json")
    save_weights(weights, f"{out}/model.safetensors")
    model = Llama(CONFIG, load_weights(f"{out}/model.safetensors"))
    prompt = [0] + tokenizer.encode("In the beginning")
    ids = generate(model, prompt, 64)[len(prompt):]
    with open(f"{out}/expected.txt", "w") as f:
        f.write("# Greedy continuation; float32 arithmetic, bfloat16-rounded weights.\n"
                f"prompt: {' '.join(map(str, prompt))}\ngreedy: {' '.join(map(str, ids))}\n")


def report(out, heldout):
    tokenizer = Tokenizer.load(f"{out}/tokenizer.json")
    ids, _, _ = tokenize_text(heldout, tokenizer)
    assert tokenizer.decode(ids) == heldout
    model = Llama(CONFIG, load_weights(f"{out}/model.safetensors"))
    print("parameters", sum(t.numel() for t in model.w.values()))
    for prompt, temperature in [("In the beginning", 0), ("And God said", 0.7), ("", 0.7)]:
        text = tokenizer.decode(generate(model, [0] + tokenizer.encode(prompt), 120, temperature))
        print(f"--- temperature {temperature}\n{text}")
    print(f"held-out bits per byte {bits_per_byte(model, ids, len(heldout.encode())):.4f}")


@torch.no_grad()
def mix(parts):
    """The mean of dictionaries of tensors."""
    return {name: sum(p[name] for p in parts) / len(parts) for name in parts[0]}


@torch.no_grad()
def add_to_mean(mean, weights, step):
    """A mean over steps that forgets the early ones: it looks back over a fourth of the way."""
    for name, value in weights.items():
        mean[name].lerp_(value, 4 / (step + 4))


def train(args, tokenizer, stream, pool):
    torch.manual_seed(args.seed)
    rng = random.Random(args.seed)
    w = load_weights(f"{args.resume}/model.safetensors") if pool else initial_weights(CONFIG)
    w = {k: v.clone().requires_grad_() for k, v in w.items()}
    averaged = {k: v.detach().clone() for k, v in w.items()}
    model = Llama(CONFIG, w, torch.bfloat16)
    groups = [dict(params=[v for v in w.values() if v.dim() == 2], weight_decay=args.decay),
              dict(params=[v for v in w.values() if v.dim() == 1], weight_decay=0.0)]
    optimizer = torch.optim.AdamW(groups, lr=args.rate, betas=(0.9, 0.98), eps=1e-9)
    length = CONFIG["max_position_embeddings"]
    size = args.batch * length * CONFIG["hidden_size"]
    # Drawing a fresh mask costs more than the products do: slices of one large mask serve.
    mask = (torch.rand(4 * size) >= args.dropout).bfloat16() / (1 - args.dropout)

    def drop(x):
        at = rng.randrange(3 * size)
        return x * mask[at:at + x.numel()].view_as(x)

    start, step, done, mean = time.time(), 0, 0.0, 0.0
    while done < 1:
        for g in optimizer.param_groups:
            falling = 0.505 + 0.495 * math.cos(math.pi * done)
            g["lr"] = args.rate * min(1, step / (20 if pool else 200)) * (1 if pool else falling)
        x, y = sample_batch(stream, pool, args.batch, length, rng)
        loss = F.cross_entropy(model(x, drop).flatten(0, 1), y.flatten())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(list(w.values()), 1.0)
        optimizer.step()
        # The schedule follows the clock, so that a busy machine only trains less.
        step, done = step + 1, (time.time() - start) / 60 / args.minutes
        done = max(done, step / args.steps) if args.steps else done
        mean += max(0.01, 1 / step) * (loss.item() - mean)
        if pool:
            add_to_mean(averaged, w, step)
        if step % (10 if pool else 100) == 0:
            print(f"step {step} {done:.3f} loss {mean:.4f} "
                  f"tokens/s {step * x.numel() / (time.time() - start):.0f}", flush=True)
        if step % (50 if pool else 500) == 0 or done >= 1:
            export(args.out, tokenizer, averaged if pool else w)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("text")
    parser.add_argument("--evaluate", action="store_true")
    for name, value in [("out", "."), ("resume", ""), ("mix", ""), ("minutes", 60.0), ("steps", 0),
                        ("batch", 16), ("rate", 3e-3), ("decay", 0.1), ("dropout", 0.1),
                        ("seed", 1), ("threads", 2)]:
        parser.add_argument("--" + name, type=type(value), default=value)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    os.makedirs(args.out, exist_ok=True)
    data = open(args.text, "rb").read()
    cut = len(data) * 9 // 10
    parts = [p for p in (args.mix or args.resume).split(",") if p]
    if args.mix:
        weights = mix([load_weights(f"{p}/model.safetensors") for p in parts])
        export(args.out, Tokenizer.load(f"{parts[0]}/tokenizer.json"), weights)
    elif not args.evaluate:
        text = data[:cut].decode()
        tokenizer = (Tokenizer.load(f"{args.resume}/tokenizer.json") if args.resume
                     else Tokenizer(train_merges(text, CONFIG["vocab_size"] - 257)))
        stream = tokenize_text(text, tokenizer)
        print(f"{len(stream[0])} training tokens", flush=True)
        pool = made_up_names(text, tokenizer, random.Random(0)) if args.resume else []
        train(args, tokenizer, stream, pool)
    report(args.out, data[cut:].decode())


if __name__ == "__main__":
    main()
