#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An independent oracle for Llama-architecture models: NumPy only, shares nothing with psmc.

    llama.py MODEL --ids 1,403,407 [--out logits.npy] [--greedy N] [--dtype f32]

MODEL is a Hugging Face folder (config.json with model.safetensors or a sharded index; F32, F16, BF16), or a
llama2.c checkpoint (.bin). Prints the ids that greedy decoding appends, or the argmax and its logit per position;
--out writes the logits of each of --ids as .npy in the type of the computation (f64 unless --dtype f32).
"""
import argparse
import json
import math
import os
import struct

import numpy as np


def widen(raw, dtype):
    """Little-endian bytes of a stored dtype as an array of f32 (exact)."""
    if dtype == "F32":
        return np.frombuffer(raw, "<f4")
    if dtype == "F16":
        return np.frombuffer(raw, "<f2").astype(np.float32)
    if dtype == "BF16":
        return (np.frombuffer(raw, "<u2").astype(np.uint32) << 16).view(np.float32)
    raise SystemExit(f"unsupported dtype {dtype}")


def read_safetensors(path):
    with open(path, "rb") as f:
        header = json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))
        data = f.read()
    header.pop("__metadata__", None)
    return {name: widen(data[t["data_offsets"][0]:t["data_offsets"][1]], t["dtype"]).reshape(t["shape"])
            for name, t in header.items()}


def load_hf(folder):
    """Returns (config, weights); config has plain keys, layer weights are lists, matrices are [out, in]."""
    with open(os.path.join(folder, "config.json")) as f:
        c = json.load(f)
    index = os.path.join(folder, "model.safetensors.index.json")
    w = {}
    if os.path.exists(index):
        with open(index) as f:
            for name in sorted(set(json.load(f)["weight_map"].values())):
                w.update(read_safetensors(os.path.join(folder, name)))
    else:
        w = read_safetensors(os.path.join(folder, "model.safetensors"))
    heads = c["num_attention_heads"]
    config = dict(layers=c["num_hidden_layers"], heads=heads, kv_heads=c.get("num_key_value_heads") or heads,
                  head_dim=c.get("head_dim") or c["hidden_size"] // heads, eps=c["rms_norm_eps"],
                  theta=c.get("rope_theta", 10000.0), scaling=c.get("rope_scaling"), interleaved=False)
    if "rope_parameters" in c:
        config["theta"] = c["rope_parameters"].get("rope_theta", config["theta"])
        config["scaling"] = c["rope_parameters"]

    def layer(what):
        return [w[f"model.layers.{i}.{what}.weight"] for i in range(config["layers"])]

    weights = dict(embed=w["model.embed_tokens.weight"], norm=w["model.norm.weight"],
                   attn_norm=layer("input_layernorm"), ffn_norm=layer("post_attention_layernorm"),
                   q=layer("self_attn.q_proj"), k=layer("self_attn.k_proj"), v=layer("self_attn.v_proj"),
                   o=layer("self_attn.o_proj"), gate=layer("mlp.gate_proj"), down=layer("mlp.down_proj"),
                   up=layer("mlp.up_proj"))
    tied = c.get("tie_word_embeddings", False)
    weights["head"] = weights["embed"] if tied else w["lm_head.weight"]
    return config, weights


def load_bin(path):
    with open(path, "rb") as f:
        dim, hidden, layers, heads, kv_heads, vocab, seq = struct.unpack("<7i", f.read(28))
        values = np.frombuffer(f.read(), "<f4")
    shared, vocab, hd = vocab > 0, abs(vocab), dim // heads
    position = 0

    def take(*shape):
        nonlocal position
        begin, position = position, position + math.prod(shape)
        return values[begin:position].reshape(shape)

    w = dict(embed=take(vocab, dim), attn_norm=take(layers, dim), q=take(layers, heads * hd, dim),
             k=take(layers, kv_heads * hd, dim), v=take(layers, kv_heads * hd, dim), o=take(layers, dim, heads * hd),
             ffn_norm=take(layers, dim), gate=take(layers, hidden, dim), down=take(layers, dim, hidden),
             up=take(layers, hidden, dim), norm=take(dim))
    take(seq, hd // 2), take(seq, hd // 2)
    w["head"] = w["embed"] if shared else take(vocab, dim)
    if position != values.size:
        raise SystemExit(f"{path}: {values.size} values, expected {position}")
    return dict(layers=layers, heads=heads, kv_heads=kv_heads, head_dim=hd, eps=1e-5, theta=10000.0, scaling=None,
                interleaved=True), w


def frequencies(config, real):
    """Radians a position for each of head_dim/2 pairs."""
    half = config["head_dim"] // 2
    f = config["theta"] ** (-np.arange(half, dtype=np.float64) / half)
    s = config["scaling"] or {}
    kind = s.get("rope_type", s.get("type", "default"))
    if kind == "linear":
        f = f / s["factor"]
    elif kind == "llama3":
        low, high, original = s["low_freq_factor"], s["high_freq_factor"], s["original_max_position_embeddings"]
        turns = original * f / (2 * np.pi)  # full turns within the original context
        blend = (turns - low) / (high - low)
        f = np.where(turns > high, f, np.where(turns < low, f / s["factor"], (1 - blend) * f / s["factor"] + blend * f))
    elif kind != "default":
        raise SystemExit(f"unsupported rope type {kind}")
    return f.astype(real)


def rope(x, angle, interleaved):
    """Rotates the pairs of x[t, head, head_dim] by angle[t, head_dim/2]."""
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    half = x.shape[-1] // 2
    out = np.empty_like(x)
    first, second = (np.s_[..., 0::2], np.s_[..., 1::2]) if interleaved else (np.s_[..., :half], np.s_[..., half:])
    out[first] = x[first] * cos - x[second] * sin
    out[second] = x[first] * sin + x[second] * cos
    return out


class Llama:
    def __init__(self, path, real=np.float64):
        self.c, w = load_hf(path) if os.path.isdir(path) else load_bin(path)
        self.real = real
        self.w = {k: [m.astype(real) for m in v] if k not in ("embed", "norm", "head") else v.astype(real)
                  for k, v in w.items()}
        self.freq = frequencies(self.c, real)
        self.reset()

    def reset(self):
        empty = np.zeros((0, self.c["kv_heads"], self.c["head_dim"]), self.real)
        self.keys, self.values, self.length = [empty] * self.c["layers"], [empty] * self.c["layers"], 0

    def norm(self, x, weight):
        return x / np.sqrt((x * x).mean(-1, keepdims=True) + self.real(self.c["eps"])) * weight

    def attend(self, i, x, angle):
        c, w, t = self.c, self.w, len(x)
        kv, hd, group = c["kv_heads"], c["head_dim"], c["heads"] // c["kv_heads"]
        q = rope((x @ w["q"][i].T).reshape(t, c["heads"], hd), angle, c["interleaved"]).reshape(t, kv, group, hd)
        k = rope((x @ w["k"][i].T).reshape(t, kv, hd), angle, c["interleaved"])
        self.keys[i] = np.concatenate([self.keys[i], k])
        self.values[i] = np.concatenate([self.values[i], (x @ w["v"][i].T).reshape(t, kv, hd)])
        scores = np.einsum("tkgd,skd->kgts", q, self.keys[i]) / np.sqrt(self.real(hd))
        hidden = np.arange(self.length + t)[None, :] > self.length + np.arange(t)[:, None]
        scores[..., hidden] = -np.inf
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        scores /= scores.sum(-1, keepdims=True)
        mixed = np.einsum("kgts,skd->tkgd", scores, self.values[i])
        return mixed.reshape(t, c["heads"] * hd) @ w["o"][i].T

    def feed(self, ids):
        """Logits [len(ids), vocab] of the next ids; the state advances."""
        w = self.w
        x = w["embed"][np.asarray(ids)]
        angle = (self.length + np.arange(len(ids)))[:, None].astype(self.real) * self.freq
        for i in range(self.c["layers"]):
            x = x + self.attend(i, self.norm(x, w["attn_norm"][i]), angle)
            n = self.norm(x, w["ffn_norm"][i])
            gate = n @ w["gate"][i].T
            x = x + (gate / (1 + np.exp(-gate)) * (n @ w["up"][i].T)) @ w["down"][i].T
        self.length += len(ids)
        return self.norm(x, w["norm"]) @ w["head"].T


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("model")
    a.add_argument("--ids", required=True, help="comma-separated token ids")
    a.add_argument("--out", help="write the logits of --ids here, as .npy")
    a.add_argument("--greedy", type=int, metavar="N", help="append N tokens, each the argmax")
    a.add_argument("--dtype", choices=["f64", "f32"], default="f64")
    a = a.parse_args()
    model = Llama(a.model, np.float32 if a.dtype == "f32" else np.float64)
    logits = model.feed([int(i) for i in a.ids.split(",")])
    if a.out:
        np.save(a.out, logits)
    if a.greedy is None:
        for position, row in enumerate(logits):
            print(position, row.argmax(), f"{row.max():.9g}")
        return
    ids = []
    while len(ids) < a.greedy:
        ids.append(int(logits[-1].argmax()))
        if len(ids) < a.greedy:
            logits = model.feed(ids[-1:])
    print(",".join(map(str, ids)))


if __name__ == "__main__":
    main()
