// SPDX-License-Identifier: Apache-2.0
// Program images and assembly, running, host libraries.
#include "tools/explain/explanation.h"

namespace psmc::tools {
namespace {

constexpr std::string_view kDamaged = "Compile the program anew: the file is damaged or incomplete.";

constexpr Explanation kProgram[] = {
    {Code::image_magic, "The file does not begin as program images do.",
     "Give a file that `psmc compile` or `psmc as` wrote.", Example::command, "psmc sim model.psm"},
    {Code::image_version, "The image was written by a psmc with another version of the format.",
     "Compile the program anew with this psmc."},
    {Code::image_truncated, "The file ends before its sections do.", kDamaged},
    {Code::image_checksum, "The bytes of a section are not those that were written.", kDamaged},
    {Code::image_section, "A section of the image is missing, stands there twice, or is malformed.", kDamaged},
    {Code::bad_image, "The contents of the image contradict each other or the machine that it is for.",
     "In assembly, look at the directive that the message speaks of; else compile the program anew."},
    {Code::bad_encoding, "A code word holds a bit pattern that means nothing.", kDamaged},
    {Code::code_size, "The code is not a whole number of instruction words.", kDamaged},
    {Code::bad_descriptor, "A DMA descriptor in the image holds a bit pattern that means nothing.", kDamaged},
    {Code::asm_syntax, "The line does not have the form of an instruction or label.",
     "docs/psma.md describes the text.", Example::psma,
     ".machine \"lab4\"\n.code \"main\"\n        nop nop\n        halt\n.end"},
    {Code::asm_operand, "An operand is of the wrong kind or out of range.",
     "docs/isa.md lists the operands of each instruction.", Example::psma,
     ".machine \"lab4\"\n.code \"main\"\n        addi s1,s1,s2\n        halt\n.end"},
    {Code::asm_label, "A label is used but not defined, or defined twice.", "Labels belong to their .code.",
     Example::psma, ".machine \"lab4\"\n.code \"main\"\n        jmp nowhere\n        halt\n.end"},
    {Code::asm_directive, "A directive is unknown, stands in the wrong place, or lacks its .end.",
     "docs/psma.md lists the directives.", Example::psma, ".machine \"lab4\"\n.kode \"main\"\n.end"},
    {Code::asm_opcode, "There is no such instruction, or it stands in a slot that cannot execute it.",
     "docs/isa.md lists the instructions and their slots.", Example::psma,
     ".machine \"lab4\"\n.code \"main\"\n        frob s1\n        halt\n.end"},
    {Code::hazard, "The code breaks the timing contract: a result is read too early, or a unit or port is used twice.",
     "docs/sim-timing.md gives the latencies. Move the reader down, or fill with nop.", Example::psma,
     ".machine \"lab4\"\n.code \"main\"\n        ld.v.f32 v1,[s0]\n        vfma v2,v1,v1,v1\n        halt\n.end\n"
     ".tile 0 \"main\"\n.zero 0x0 0x800\n.end\n.entry \"go\"\n.start 0 0 s1=8\n.end"},
    {Code::trap_hazard,
     "A running program touched a register whose result was on its way, or broke the order of accesses.",
     "`psmc as --check` finds most of these without running."},
    {Code::trap_unit, "A running program used a unit or a write port twice in one cycle.",
     "`psmc as --check` finds most of these without running."},
    {Code::trap_race, "Two accesses of one place are not ordered by post and wait, or by the end of a DMA.",
     "Let the second wait for a semaphore that the first posts. The message names both."},
    {Code::trap_unwritten, "A running program read data that nothing wrote.",
     "Give the input, or initialise the memory with .data or .zero."},
    {Code::trap_bounds, "An access of a running program left its memory.",
     "Look at the address and size in the message."},
    {Code::trap_alignment, "The address of an access is no multiple of what its instruction asks for.",
     "docs/isa.md has the alignments."},
    {Code::trap_code, "A tile ran into code that is not loaded.",
     "End the code with halt; load the overlay before the jump."},
    {Code::trap_control, "A branch or loop of a running program broke the rules of control flow.",
     "docs/isa.md says where branches may stand and go."},
    {Code::trap_semaphore, "A semaphore counted beyond its range, or does not exist.",
     "Pair each post with a wait; the machine says how many semaphores there are."},
    {Code::trap_descriptor, "A DMA descriptor of a running program is not valid.",
     "docs/isa.md describes descriptors; the message names the field."},
    {Code::trap_deadlock, "All tiles wait and nothing is on its way that could wake one.",
     "The message lists who waits for what: a post is missing, or a wait is one too many."},
    {Code::trap_cycle_limit, "The run took more cycles than --max-cycles allows.",
     "Raise the limit, or look for a loop that does not end.", Example::command, "psmc sim kjv.psmx --max-cycles 10"},
    {Code::trap_number,
     "An address, trip count, branch, semaphore, descriptor or word of code needs a number that --timing-only does not "
     "compute.",
     "Timing only, integers and moves are computed and floats are not. Run it without --timing-only."},
    {Code::bad_checkpoint,
     "A checkpoint is damaged, is of another version of psmc, or its parts contradict each other (which may show only "
     "while "
     "the run goes on).",
     "Write it again with --checkpoint-at."},
    {Code::checkpoint_differs, "A checkpoint is of another image or entry, or was written with other options.",
     "Give the image and the options that it was written with; the message says what differs."},
    {Code::bad_launch, "A launch, or an access from the host, does not fit the program image.",
     "The entries and their inputs stand in the image: `psmc dis` shows them."},
    {Code::unknown_binding, "The image has no entry, input or output of that name.",
     "`psmc dis` shows the names; the message lists them.", Example::command, "psmc sim kjv.psmx --entry nosuch"},
    {Code::no_linker, "A shared library needs a linker, and none was found.",
     "Install one (gcc or lld), or emit an object."},
    {Code::linker_failed, "The linker ended with an error.", "Its own message stands in the notes."},
    {Code::host_unsupported, "An entry or tensor has no form in the C interface of a host library.",
     "The message names it; rename it, or use another element type."},
    {Code::host_cpu, "LLVM knows no processor of that name.", "Use x86-64-v2, x86-64-v3 or a name of `llc -mcpu=help`.",
     Example::command, "psmc compile net.psm -o net.so --host-cpu z80"},
    {Code::host_struct, "A struct passed to the host library has another size or version than the library's.",
     "Compile the caller with the header that belongs to the library."},
    {Code::host_argument, "An argument of a host library is missing, has a wrong value, or a wrong number of elements.",
     "The header of the library says what each entry takes."},
    {Code::host_load, "A host library could not be loaded.",
     "libpsmc_rt.so must lie beside it; the message has the reason."},
    {Code::runtime_memory, "The runtime could not get the memory that the program needs.",
     "Free memory, or shorten the context with --max-context."},
};

}  // namespace

std::span<const Explanation> program_explanations() { return kProgram; }

}  // namespace psmc::tools
