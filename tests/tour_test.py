# SPDX-License-Identifier: Apache-2.0
"""docs/tour.md: one small model through all phases. The page is made of what psmc prints, so it cannot go stale.

tour_test.py [--update]; PSMC names the compiler. Without --update the page is compared with what it would be now.
"""

import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parents[1]
PAGE = SOURCE / "docs/tour.md"
MODEL = SOURCE / "docs/examples/tour/mlp.psm"
MAX_LINES = 250
INPUTS = {"x": (8, 32), "w1": (32, 64), "b1": (64,), "w2": (64, 16)}


def psmc(folder, *arguments):
    result = subprocess.run([os.environ["PSMC"], *arguments], cwd=folder, capture_output=True, text=True, timeout=600)
    if result.returncode != 0:
        sys.exit(f"psmc {' '.join(arguments)}: exit status {result.returncode}\n{result.stderr}")
    return result.stdout


def write_npy(path, shape):
    """Multiples of 1/16 from -1/2 to 1/2."""
    count = 1
    for extent in shape:
        count *= extent
    head = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {tuple(shape)}, }}".encode()
    head += b" " * (-(len(head) + 11) % 64) + b"\n"
    values = [(i * 7 % 17 - 8) / 16 for i in range(count)]
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head + struct.pack(f"<{count}f", *values))


def between(text, begin, end, limit):
    """The lines from the first that begins with `begin` to the next that is `end`; of many the first `limit`."""
    lines = text.splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith(begin))
    last = next(i for i in range(first, len(lines)) if lines[i] == end)
    found = lines[first : last + 1]
    return "\n".join(found if len(found) <= limit else [*found[:limit], f"... {len(found) - limit} more lines"])


def program(code, limit):
    """The first tile, data left out."""
    lines = between(code, ".tile ", ".end", len(code)).splitlines()
    return between("\n".join(line for line in lines if not line.startswith("hex ")), ".tile ", ".end", limit)


def cost_table(stats):
    """Cycles of all busy tiles by class, op by op; columns of zeros are left out."""
    ops = [op for op in stats["ops"] if op["name"]]
    shown = [i for i, name in enumerate(stats["classes"]) if any(op["cycles"][i] for op in ops)]
    rows = ["| op | " + " | ".join(stats["classes"][i] for i in shown) + " |", "|---|" + "---:|" * len(shown)]
    rows += [f"| {op['name']} | " + " | ".join(str(op["cycles"][i]) for i in shown) + " |" for op in ops]
    return "\n".join(rows)


def block(command, text, language=""):
    return f"`{command}`\n```{language}\n{text.rstrip()}\n```\n"


def page(folder):
    name = MODEL.name
    (folder / name).write_bytes(MODEL.read_bytes())
    for tensor, shape in INPUTS.items():
        write_npy(folder / f"{tensor}.npy", shape)
    graph = psmc(folder, "opt", name, "-o", "-")
    partition, loops, code = (psmc(folder, "compile", name, "-o", "-", f"--emit={kind}")
                              for kind in ("partition", "loops", "psma"))
    psmc(folder, "compile", name, "-o", "mlp.psmx")
    inputs = [word for tensor in INPUTS for word in ("--input", f"{tensor}={tensor}.npy")]
    run = psmc(folder, "sim", "mlp.psmx", *inputs, "--stats", "stats.json")
    stats = json.loads((folder / "stats.json").read_text())
    return f"""# A tour: one model, all phases

The model is [examples/tour/mlp.psm](examples/tour/mlp.psm). Everything in boxes is what psmc prints; `make update` writes
this page anew, and a test compares it.

## 1. The model
A module of the graph level: tensors, no loops, no machine. `loc` says where an op comes from; it stays to the end.
{block(f"psmc check {name}", MODEL.read_text())}
## 2. After the passes
`softmax` was a composite and is inlined: it is a maximum, an exponential, a sum and a division. What can run as one loop
nest is a `group`: bias and relu follow the product while its results are still in registers.
{block(f"psmc opt {name} -o -", graph)}
## 3. Partition
Which tiles run what, and when: a step holds regions, each a rectangle of tiles, of which some are busy. `points` is the part
of one tile, `until` the cycle when the cost model thinks that the op is done.
{block(f"psmc compile {name} -o - --emit=partition", partition)}
## 4. Kernels
The part of one tile as loops on buffers in its scratchpad, one kernel for each distinct shape; this is the first. The sum
is cut in independent chains, since an `fma` has to wait for the one before it. `unit = "vector"` is a loop that becomes
lanes of a vector.
{block(f"psmc compile {name} -o - --emit=loops", between(loops, "func @k0_", "}", 45))}
## 5. Machine code
The same kernel as instructions: one word a line, what stands between bars is issued in the same cycle. Latencies are
exposed: a result may be read when it is there, and the scheduler fills the cycles until then, or leaves a `nop`.
{block(f"psmc compile {name} -o - --emit=psma", between(code, '.kernel "k0_', ".endkernel", 40))}
## 6. The program of a tile
Kernels stand in the code once. What a tile does with them is a list in its scratchpad: which to run next, and with which
parameters (addresses, counts, semaphores). This is the first tile without the bytes; each `.step` says where a list of them
begins, and for which op.
{block(f"psmc compile {name} -o - --emit=psma", program(code, 16))}
## 7. On the simulator
The image holds all that is needed: neither the model nor the compiler is there any more.
{block("psmc sim mlp.psmx " + " ".join(inputs) + " --stats stats.json", run)}
Each cycle of each tile is of one class. Summed over the tiles, op by op, `stats.json` says:

{cost_table(stats)}

{stats["instructions"]} instructions in {stats["words"]} words, {stats["dma_bytes_in"]} bytes fetched: so small a model waits for its weights most of
the time. [sim-timing.md](sim-timing.md) says what the classes mean, [pass-manager.md](pass-manager.md) how to see what each
pass does.
"""


def main():
    with tempfile.TemporaryDirectory() as name:
        text = page(pathlib.Path(name))
    if len(text.splitlines()) > MAX_LINES:
        sys.exit(f"the page has {len(text.splitlines())} lines, more than {MAX_LINES}")
    if "--update" in sys.argv[1:]:
        PAGE.write_text(text)
    elif PAGE.read_text() != text:
        sys.exit("docs/tour.md is not what psmc prints now; `make update` writes it anew")
    print(f"tour: {len(text.splitlines())} lines")


if __name__ == "__main__":
    main()
