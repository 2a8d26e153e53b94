// SPDX-License-Identifier: Apache-2.0
// What `-h` shows below the options.
#pragma once

namespace psmc::tools::examples {

inline constexpr char kTop[] =
    R"(Examples:
  psmc run models/kjv --prompt "In the beginning" --tokens 64
  psmc compile models/kjv -o kjv.psmx
  psmc sim kjv.psmx --entry decode --input tokens=1 --input pos=0
`psmc COMMAND -h` explains a command. `-` is standard input or output.
Exit status: 0 ok, 1 input rejected, 2 usage, 3 result wrong, 4 trap or deadlock, 70 internal error.)";

inline constexpr char kCompile[] =
    R"(MODEL is a llama2.c .bin, a Hugging Face folder, or a module (.psm, .json or .psmb).
Kinds: psm json dot (the graph), partition (which tiles run what), loops (kernels), psma psmx (the program),
llvm-ir obj so header (host library).
With several kinds each file has OUT's name and its own extension. Beside a .so comes libpsmc_rt.so, which it needs.

Examples:
  psmc compile stories260K.bin -o stories.psmx
  psmc compile models/kjv -o out/kjv --emit=psm,psma,psmx --arch lab4
  psmc compile models/kjv -o out/story --emit=so,header
  psmc compile net.psm -o - --emit=psma --print-ir-after=fuse-elementwise
Dumps, checks, counters and times of passes: the options of `psmc opt -h` (docs/pass-manager.md).)";

inline constexpr char kRun[] =
    R"(Standard output is the generated text or ids alone; what it cost goes to standard error.
Without a prompt the model begins at its BOS token.

Examples:
  psmc run models/kjv --prompt "In the beginning" --tokens 64
  psmc run stories260K.bin --tokenizer tok512.bin --tokens 200 --dtype f32 --print ids
  psmc run models/kjv --temperature 0.8 --top-p 0.9 --seed 7 --report report.html
  psmc run models/kjv --on interpreter --tokens 8)";

inline constexpr char kSim[] =
    R"(Inputs must be given (timing only: those that control depends on, or a seed); state is zero at first, then stays.

Examples:
  psmc sim kjv.psmx --entry decode --input tokens=1 --input pos=0 --output out --stats stats.json
  psmc sim --diff before.psmx after.psmx --entry decode --input tokens=1 --input pos=0
  psmc sim add.psmx --input a=a.npy --input b=b.npy --expect c=c.npy --tolerance 1e-6
  psmc sim kjv.psmx --entry prefill --timing-only --seed 1
  psmc sim add.psma --trace add.pftrace --trace-tiles 0,3-5 --trace-to 5000
  psmc sim add.psmx --input a=a.npy --input b=b.npy --checkpoint-at 500 --checkpoint add.psmk
  psmc sim add.psmx --resume add.psmk)";

inline constexpr char kDebug[] =
    R"(Commands come from a terminal, a pipe or a file; `help` lists them, docs/debugger.md shows a session. In a pipe or file
each command is shown before its output, and the first error ends the run.

Examples:
  psmc debug docs/examples/see/exchange.psma
  psmc debug add.psmx --input a=a.npy --input b=b.npy --script lab.txt
  echo "break tile 0 12; continue; where" | tr ';' '
' | psmc debug add.psma)";

inline constexpr char kOpt[] =
    R"(Examples:
  psmc opt net.psm -o - --passes=canonicalize,cse,dce
  psmc opt net.json -o net.psm --passes='inline,fold-constants{limit=4096}' --timing
  psmc opt net.psm --print-ir-after-all --verify-each

Without --passes the usual pipeline runs; `psmc --list-passes` shows it and all passes.)";

inline constexpr char kInterp[] =
    R"(State that is not given is zero; every other argument must be given.

Examples:
  psmc interp net.psm --input x=x.npy --output out
  psmc interp kjv.psm --func decode --input tokens=1 --symbol pos=0)";

inline constexpr char kAs[] =
    R"(Examples:
  psmc as add.psma -o add.psmx --check
  psmc as - -o - < add.psma | psmc dis -)";

inline constexpr char kDis[] =
    R"(Examples:
  psmc dis kjv.psmx -o kjv.psma
  psmc dis kjv.psmx | grep -c mma)";

inline constexpr char kExplain[] =
    R"(Examples:
  psmc explain
  psmc explain PSM0422)";

inline constexpr char kBenchGemm[] =
    R"(FILE has the columns tag, M, N, K, separated by tabs. C[M,N] = A[M,K] B[K,N], seeded values, checked against
float64: |error| <= g(K) sum|a||b| + one rounding. Exit status 3 if a shape is wrong.

Examples:
  psmc bench gemm --shapes gemm_shapes.tsv --max-macs 1000000
  psmc bench gemm --shapes gemm_shapes.tsv --arch lab4 --json)";

inline constexpr char kBench[] =
    R"(Examples:
  psmc bench gemm --shapes gemm_shapes.tsv
  psmc bench accuracy stories260K.bin --ids stories260K.greedy200.txt)";

inline constexpr char kBenchAccuracy[] =
    R"(The model follows the ids, whatever it would have said itself; the same model in f32 in the reference interpreter
does too. Shown: how often the likeliest token is the given one, also when the model continues by itself; the largest
difference of two logits; the mean negative log-likelihood of the ids.

Examples:
  psmc bench accuracy stories260K.bin --ids stories260K.greedy200.txt
  psmc bench accuracy models/kjv --prompt-ids 280,482,117 --ids ids.txt --on interpreter)";

inline constexpr char kBenchLlm[] =
    R"(FILE maps names to dim, layers, heads, kv_heads, head_dim, hidden, vocab, seq, rope_theta, eps, tied. Weights are
seeded; embedding and classifier have --vocab rows, so that the layers are what is measured.

Examples:
  psmc bench llm --config llm_configs.json --model tinyllama-1.1b --layers 1 --phase decode --position 512 --json
  psmc bench llm --config llm_configs.json --model stories15m --phase prefill --position 0)";

inline constexpr char kFormat[] =
    R"(The canonical form is what psmc writes itself: one op a line, attributes in order, types only where they
cannot be inferred. Comments of the text form stay with the line that they stand on or before.

Examples:
  psmc fmt net.psm net.json          in place
  psmc fmt net.psm -o -              to standard output
  psmc fmt --check *.psm             exit status 1 if one is not canonical)";

inline constexpr char kCheck[] =
    R"(Nothing is written; constants' files are opened and their hashes compared.

Example:
  psmc check net.psm net.json)";

inline constexpr char kDiff[] =
    R"(Functions are compared by name, ops by what they compute. Names of values and constants, places in a source and the
order of ops that do not depend on each other do not matter. Exit status 0: the same, 1: different.

Example:
  psmc diff before.psm after.json)";

inline constexpr char kUpgrade[] =
    R"(Reads any JSON-IR 1.x or text and writes the present version; the program stays the same.

Example:
  psmc upgrade old.json -o new.json)";

inline constexpr char kReduce[] =
    R"(MODULE is shrunk as long as the command fails: it ends with any exit status but 0, or, where --status, --output or
--timeout say so, in that way (--status and --output together: both). Every candidate is a valid module, in a file of its
own beside the output; MODULE stays as it is. A command that slips from one error to another needs --status or --output.

Examples:
  psmc reduce net.psm --test 'psmc compile {} -o /dev/null' --status 70
  psmc reduce net.psm --test 'psmc opt {} --check-each -o /dev/null' --output PSM0212 -o small.psm
  psmc reduce net.psm --test 'psmc compile {} -o /dev/null' --timeout 10 -o slow.psm)";

inline constexpr char kBenchNoc[] =
    R"(Each node sends packets to any node, itself included, with seeded chance. Shown: the mean latency of what is created in
the second half of the cycles, from creation to the tail's arrival; routers x cycles that are simulated in a second of
processor time.

Examples:
  psmc bench noc --load 0.3
  psmc bench noc --router R4 --load 0.2 --flits 8 --cycles 20000)";

inline constexpr char kBenchDram[] =
    R"(One memory channel is given bursts: at random, a third of them writes, or two streams read and one written. Shown:
channel cycles that are simulated in a second of processor time, bytes a cycle and their share of the data bus, and the
mean latency of reads from their place in the queue on. At load 1 the queue is always full.

Examples:
  psmc bench dram --preset psm1
  psmc bench dram --preset hbm2 --load 0.5)";

inline constexpr char kValidate[] =
    R"(Examples:
  psmc validate noc --router R2 --packets packets.tsv
  psmc validate systolic
  psmc validate dram --preset ddr4-2400
`psmc validate noc -h`, `psmc validate systolic -h` and `psmc validate dram -h` have their options.)";

inline constexpr char kValidateDram[] =
    R"(A lone read of each bank must take CL + BL/2 + 1 cycles where its row is open, tRCD more where none is, tRP more where
another is. Then seeded traffic (random, streams, few hot rows; full queue, 60 % and 5 % of the data bus) runs through a
channel, and a checker that shares nothing with it holds each command against the rules of the DRAM's standard: states of
banks, tRCD tRP tRAS tRC tCCD tRRD tFAW tWTR tRTW tRTP tWR tRFC tREFI, command and data bus. Without --preset: DDR4-2400,
HBM2 and psm1's channel; a machine's name means its channel. Exit status 3: a latency is off, or a rule is broken.

Examples:
  psmc validate dram
  psmc validate dram --preset hbm2 --commands 100000000)";

inline constexpr char kValidateNoc[] =
    R"(R2 wins virtual channel and switch in the same cycle (3 cycles a hop), R3 one after the other (4), R4 works out the
route before (5). A packet alone in the network takes 2 + s R + (L - 1) cycles: s a hop, R routers, L flits; this is tried
for all pairs of nodes. The table is one of tabs with the columns create, src, dst, flits, arrive (node = x + width * y);
packets that are created more than 60 cycles before the last one are compared. Of these, `settled` are those that arrive
before the last one is created: only they cannot have met packets behind the end of the table. Exit status 3: one of them
differs.

A table of curves has the columns router, vcs, buf, traffic, pkt_flits, max_stable_rate_tested, and lat@LOAD for each load
(flits a node a cycle), if it likes throughput@inj1.0(avg). Its rows of 4 VCs of 8 flits, uniform and transpose, are
compared up to 80 % of the highest stable load. Exit status 3: a latency is more than 2 % off.

Examples:
  psmc validate noc --router R2 --packets packets.tsv
  psmc validate noc --router R3 --curves summary.tsv)";

inline constexpr char kValidateSystolic[] =
    R"(An array of R x C elements, simulated register by register, computes random products of M x K by K x N: output-stationary
(os; os+drain: the sums leave below), weight-stationary (ws; ws_overlap: the next weights load meanwhile), input-stationary
(is). Values must be those of a plain product, bit by bit, and cycles those of the closed form; F folds of a large product:
  os  F (K + R + C - 2)     os+drain    F (K + 2R + C - 2)
  ws  F (2R + C + M - 2)    ws_overlap  R + (F - 1) max(M, R) + M + R + C - 2     is  F (2R + C + N - 2)
`mma`: chains of the matrix unit's instructions on such an array, with the machine's latencies. The table is one of tabs with
the columns dataflow, R, C, T_or_K, folds, cycles_simulated, or SCALE-Sim's: array, df, M, N, K, scalesim_cycles (the number
of the last cycle, from 0). Exit status 3: something differs.

Examples:
  psmc validate systolic
  psmc validate systolic --cases 1000 --check check.tsv)";

inline constexpr char kSchema[] =
    R"(Examples:
  psmc schema > json-ir.schema.json
  psmc schema --ops                  the page of all ops, in Markdown
  psmc schema --machine              of machine files, for editors)";

inline constexpr char kArchCheck[] =
    R"(All that is wrong with the file is told, with its place. A machine may be consistent and yet nothing that compiler and
simulator can use; they say why, as warnings. docs/machine-files.md describes the file.

Examples:
  psmc arch-check my-machine.json
  psmc schema --machine              the JSON Schema of such files)";

inline constexpr char kArchShow[] =
    R"(Examples:
  psmc arch-show psm1
  psmc arch-show my-machine.json --json
  psmc arch-show psm1-lean --json | jq .flop_per_memory_byte)";

}  // namespace psmc::tools::examples
