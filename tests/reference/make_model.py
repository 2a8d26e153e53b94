#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes a random Llama model from a seed, NumPy only: a Hugging Face folder, or a llama2.c checkpoint (OUT ends in .bin).

    make_model.py OUT --seed 7 --dim 40 --heads 5 --kv-heads 1 --head-dim 8 --hidden 100 --layers 2 --vocab 97
                      [--seq 64] [--eps 1e-5] [--theta 10000] [--dtype BF16] [--tied] [--scaling llama3] [--shards 3]

The same arguments give the same bytes. Weights are scaled so that activations stay near 1 and logits differ clearly.
"""
import argparse
import json
import os
import struct

import numpy as np


def narrow(values, dtype):
    """f32 to the little-endian bytes of a stored dtype, rounded to nearest even."""
    if dtype == "F32":
        return values.astype("<f4").tobytes()
    if dtype == "F16":
        return values.astype("<f2").tobytes()
    bits = values.astype("<f4").view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype("<u2").tobytes()


def make_weights(a):
    """Name to f32 array in the Hugging Face naming; matrices are [out, in]."""
    rng = np.random.default_rng(a.seed)

    def matrix(rows, columns, gain=1.0):
        return (rng.standard_normal((rows, columns)) * gain / np.sqrt(columns)).astype(np.float32)

    def norm():
        return (1 + 0.1 * rng.standard_normal(a.dim)).astype(np.float32)

    w = {"model.embed_tokens.weight": matrix(a.vocab, a.dim, np.sqrt(a.dim))}
    for i in range(a.layers):
        p = f"model.layers.{i}."
        w[p + "input_layernorm.weight"] = norm()
        w[p + "self_attn.q_proj.weight"] = matrix(a.heads * a.head_dim, a.dim, 2.0)
        w[p + "self_attn.k_proj.weight"] = matrix(a.kv_heads * a.head_dim, a.dim)
        w[p + "self_attn.v_proj.weight"] = matrix(a.kv_heads * a.head_dim, a.dim)
        w[p + "self_attn.o_proj.weight"] = matrix(a.dim, a.heads * a.head_dim)
        w[p + "post_attention_layernorm.weight"] = norm()
        w[p + "mlp.gate_proj.weight"] = matrix(a.hidden, a.dim)
        w[p + "mlp.up_proj.weight"] = matrix(a.hidden, a.dim)
        w[p + "mlp.down_proj.weight"] = matrix(a.dim, a.hidden, 2.0)
    w["model.norm.weight"] = norm()
    if not a.tied:
        w["lm_head.weight"] = matrix(a.vocab, a.dim, 2.0)
    return w


def write_safetensors(path, tensors, dtype):
    header, blobs, at = {"__metadata__": {"format": "pt"}}, [], 0
    for name, values in sorted(tensors.items()):
        blobs.append(narrow(values, dtype))
        header[name] = dict(dtype=dtype, shape=list(values.shape), data_offsets=[at, at + len(blobs[-1])])
        at += len(blobs[-1])
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def write_hf(a, w):
    os.makedirs(a.out, exist_ok=True)
    config = dict(architectures=["LlamaForCausalLM"], model_type="llama", hidden_size=a.dim, intermediate_size=a.hidden,
                  num_hidden_layers=a.layers, num_attention_heads=a.heads, num_key_value_heads=a.kv_heads,
                  head_dim=a.head_dim, vocab_size=a.vocab, max_position_embeddings=a.seq, rms_norm_eps=a.eps,
                  rope_theta=a.theta, hidden_act="silu", tie_word_embeddings=a.tied, bos_token_id=1, eos_token_id=2,
                  torch_dtype={"F32": "float32", "F16": "float16", "BF16": "bfloat16"}[a.dtype], attention_bias=False,
                  rope_scaling=None)
    if a.scaling:
        config["rope_scaling"] = dict(rope_type=a.scaling, factor=8.0)
        if a.scaling == "llama3":
            config["rope_scaling"].update(low_freq_factor=1.0, high_freq_factor=4.0,
                                          original_max_position_embeddings=max(16, a.seq // 8))
    with open(os.path.join(a.out, "config.json"), "w") as f:
        json.dump(config, f, indent=2)
    if a.shards == 1:
        write_safetensors(os.path.join(a.out, "model.safetensors"), w, a.dtype)
        return
    names, weight_map = list(w), {}
    for i in range(a.shards):
        part, file = names[i::a.shards], f"model-{i + 1:05d}-of-{a.shards:05d}.safetensors"
        write_safetensors(os.path.join(a.out, file), {n: w[n] for n in part}, a.dtype)
        weight_map.update({n: file for n in part})
    with open(os.path.join(a.out, "model.safetensors.index.json"), "w") as f:
        json.dump(dict(metadata=dict(total_size=0), weight_map=weight_map), f, indent=2, sort_keys=True)


def write_bin(a, w):
    if a.head_dim * a.heads != a.dim or a.dtype != "F32" or a.scaling:
        raise SystemExit("a .bin needs heads * head_dim = dim, F32 and no rope scaling")
    def stack(what):
        return [w[f"model.layers.{i}.{what}.weight"] for i in range(a.layers)]

    angle = np.arange(a.seq)[:, None] * 10000.0 ** (-np.arange(a.head_dim // 2) * 2 / a.head_dim)
    parts = [w["model.embed_tokens.weight"]]
    for what in ("input_layernorm", "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj",
                 "post_attention_layernorm", "mlp.gate_proj", "mlp.down_proj", "mlp.up_proj"):
        parts += stack(what)
    parts += [w["model.norm.weight"], np.cos(angle), np.sin(angle)] + ([] if a.tied else [w["lm_head.weight"]])
    with open(a.out, "wb") as f:
        f.write(struct.pack("<7i", a.dim, a.hidden, a.layers, a.heads, a.kv_heads,
                            a.vocab if a.tied else -a.vocab, a.seq))
        for part in parts:
            f.write(narrow(part, "F32"))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("out")
    for name, default in dict(seed=1, dim=32, heads=4, kv_heads=2, head_dim=0, hidden=80, layers=2, vocab=128, seq=64,
                              shards=1).items():
        p.add_argument("--" + name.replace("_", "-"), type=int, default=default)
    p.add_argument("--eps", type=float, default=1e-5)
    p.add_argument("--theta", type=float, default=10000.0)
    p.add_argument("--dtype", choices=["F32", "F16", "BF16"], default="F32")
    p.add_argument("--tied", action="store_true")
    p.add_argument("--scaling", choices=["linear", "llama3"])
    a = p.parse_args()
    a.head_dim = a.head_dim or a.dim // a.heads
    if a.heads % a.kv_heads or a.head_dim % 2:
        raise SystemExit("heads must be a multiple of kv-heads and head-dim even")
    w = make_weights(a)
    write_bin(a, w) if a.out.endswith(".bin") else write_hf(a, w)


if __name__ == "__main__":
    main()
