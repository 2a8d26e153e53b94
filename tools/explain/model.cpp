// SPDX-License-Identifier: Apache-2.0
// Models and tokenizers, machine files, compiling for a machine.
#include "tools/explain/explanation.h"

namespace psmc::tools {
namespace {

constexpr Explanation kModel[] = {
    {Code::bad_safetensors, "The header of the .safetensors file is malformed, or its offsets do not fit the file.",
     "Download or write the file anew: it is damaged or incomplete."},
    {Code::bad_npy, "The .npy file is malformed, or its array is in Fortran order.",
     "Save it with numpy.save(path, numpy.ascontiguousarray(x))."},
    {Code::unsupported_dtype, "A tensor in the file has an element type that psmc does not read.",
     "Convert it to f32, bf16, f16 or one of the integer types of docs/words.md."},
    {Code::bad_llama2c, "The header of the llama2.c checkpoint contradicts itself or the size of the file.",
     "Download the file anew; only the original version of the format is read."},
    {Code::bad_config, "The model's config.json contradicts itself, or a number is out of range.",
     "The message names the key; compare the file with the published one."},
    {Code::unsupported_model, "The model asks for something that psmc does not have, as another architecture.",
     "The message names it. A model of that kind can still be brought as a module (.psm or JSON-IR)."},
    {Code::bad_weights, "A weight that the configuration asks for is missing, or has another shape or element type.",
     "Check that all parts of the checkpoint are in the folder and belong together."},
    {Code::bad_tokenizer, "The tokenizer file is malformed, contradicts itself, or does not belong to the model.",
     "Name the model's own with --tokenizer."},
    {Code::unsupported_tokenizer,
     "The tokenizer uses a component (normaliser, splitter, model) that psmc does not have.",
     "Tokenise elsewhere, and give --prompt-ids and --print ids."},
    {Code::cannot_tokenize, "The tokenizer has no tokens for a part of the text.", "Leave that part out."},
    {Code::not_a_language_model, "`psmc run` needs a module with the functions and states of a language model.",
     "Use `psmc interp` or `psmc compile` and `psmc sim` for other modules.", Example::command, "psmc run net.psm"},
    {Code::no_tokenizer, "There is no tokenizer beside the model, and none was given.",
     "Name one with --tokenizer, or give --prompt-ids and --print ids.", Example::command,
     "psmc run stories260K.bin --prompt Once"},
    {Code::context_full, "Prompt and generated tokens need more positions than the model's context has.",
     "Shorten the prompt or --tokens."},
    {Code::machine_unknown, "No built-in machine has that name, and there is no machine file at that path.",
     "`psmc --list-archs` lists the built-in machines.", Example::command,
     "psmc compile net.psm -o net.psmx --arch psm9"},
    {Code::machine_unknown_key, "A machine file holds a key that no machine has.",
     "The notes say what was probably meant; docs/machine-files.md and the presets in arch/presets/ have all keys."},
    {Code::machine_range, "A number in the machine file is outside of what the hardware model allows.",
     "The message says from where to where it may go."},
    {Code::machine_shape, "Values of the machine file contradict each other.", "The message names both."},
    {Code::machine_unsupported,
     "The machine file describes hardware that compiler and simulator cannot use, as tiles that differ.",
     "`psmc arch-show` still shows the machine. docs/machine-files.md says what can be compiled for."},
    {Code::kernel_unsupported, "A kernel uses an op, or a form of it, for which the backend has no instructions.",
     "Compile with --print-ir-after-all and look for the op; other passes or another element type may avoid it."},
    {Code::kernel_too_large, "A kernel is larger than psmc makes code for.",
     "Use more tiles, or leave out --disable-pass options that keep kernels large."},
    {Code::kernel_access, "A vector or matrix loop accesses memory that is not contiguous or not aligned.",
     "Transpose or pad the tensor before the loop."},
    {Code::kernel_registers, "The machine has too few registers for a kernel, even with spilling.",
     "Give the machine file more of the registers that the message names."},
    {Code::unsupported_op, "The machine or backend cannot run this op on these types.",
     "Express it by other ops, or keep that part of the model on the host."},
    {Code::scratchpad_full, "The program does not fit the scratchpads of the tiles.",
     "Use more tiles, --stream-weights, a smaller --chunk, or a machine with larger scratchpads."},
    {Code::too_many_events, "The program waits for more different things at a time than a tile has semaphores.",
     "Use fewer tiles, or a machine with more semaphores."},
    {Code::state_not_in_place,
     "The state (a cache) would have to be copied: its old value is still read after it is replaced.",
     "Read the state before `update`, or read the result of `update` instead."},
    {Code::code_too_large, "The program of a tile does not fit its code memory.",
     "Use a smaller --chunk, fewer layers, or a machine with more code memory."},
};

}  // namespace

std::span<const Explanation> model_explanations() { return kModel; }

}  // namespace psmc::tools
