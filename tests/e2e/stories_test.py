# SPDX-License-Identifier: Apache-2.0
"""stories260K on the simulated chip: the 200 greedy ids of the reference, from both forms of the checkpoint, and a prompt
through prefill as when decoded token by token. Skipped where the shared data is not there."""

import re

from command import SHARED, psmc, require, skip

DATA = SHARED / "data/llm"


def ids(model, *more):
    out, _ = psmc("run", model, "--temperature", "0", "--dtype", "f32", "--print", "ids", "--no-races", *more, timeout=1200)
    return [int(t) for t in out.decode().strip().split(",")]


def main():
    reference = DATA / "stories260K.greedy200.txt"
    if not reference.is_file():
        skip(f"{reference} is not there")
    expected = [int(t) for t in re.findall(r"\d+", reference.read_text())]
    tokenizer = ["--tokenizer", DATA / "tok512.bin"]
    told = ids(DATA / "stories260K.bin", *tokenizer, "--tokens", "200")
    require(told == expected, f"stories260K.bin tells {told}")
    folder = ids(DATA / "stories260K-hf", *tokenizer, "--tokens", "40")
    require(folder == expected[:40], f"stories260K-hf tells {folder}")
    interpreted = ids(DATA / "stories260K-hf", *tokenizer, "--tokens", "200", "--on", "interpreter")
    require(interpreted == expected, f"the interpreter tells {interpreted}")
    for length in (1, 15, 16, 17, 40):
        prompt = ["--prompt-ids", ",".join(map(str, [1, *expected[: length - 1]])), "--tokens", "6"]
        whole, single = ids(DATA / "stories260K.bin", *prompt), ids(DATA / "stories260K.bin", *prompt, "--chunk", "1")
        after = expected[length - 1 : length + 5]
        require(whole == single == after, f"after {length} tokens: prefill {whole}, one by one {single}, expected {after}")
    print("stories: 200 ids as expected; prefill as token by token")


if __name__ == "__main__":
    main()
