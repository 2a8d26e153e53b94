// SPDX-License-Identifier: Apache-2.0
// Verifier, ops, interpreter.
#include "tools/explain/explanation.h"

namespace psmc::tools {
namespace {

constexpr Explanation kIr[] = {
    {Code::ir_name,
     "Functions, or constants, share a name, or one has none. The readers of text refuse that themselves.",
     "A pass or program that built the module made it: names must be made unique."},
    {Code::ir_structure,
     "Blocks and ops do not belong to each other as they must. Only a bug in a pass can cause this.",
     "Find the pass with --verify-each, and report it with the module that --reproducer writes."},
    {Code::ir_dominance, "An op uses a value that is computed after it, or in a block that is not around it.",
     "The readers of text refuse that themselves; in a pass, move the definition before its first use."},
    {Code::ir_type, "A value's type is not the one that follows from the definition of its op.",
     "In a loop or group, what is yielded must have the types of the results.", Example::psm,
     "func @f(%x: f32, %y: tensor<4xf32>) {\n  %r = for %i = 0 to 4 iter(%a = %x) {\n    yield %y\n  }\n  return\n}"},
    {Code::ir_attribute, "The op has no attribute of that name. Names with a dot are free for annotations.",
     "`psmc --list-ops` lists the attributes of each op.", Example::psm,
     "func @f(%x: f32) {\n  %y = neg %x {speed = 3}\n  return\n}"},
    {Code::ir_terminator,
     "A function ends with `return`, the block of an op with `yield`, and neither stands elsewhere.",
     "Add the missing one as the last op of the block.", Example::psm, "func @f(%x: f32) {\n  %y = neg %x\n}"},
    {Code::ir_blocks, "An op has too few or too many blocks, or its block has other arguments than it must have.",
     "`for` and `group` have one block; that of a loop has the counter and the carried values as arguments.",
     Example::psm, "func @f() {\n  group (%a: f32) {\n    yield\n  }\n  return\n}"},
    {Code::ir_results, "What a function returns differs in number or type from what its signature says.",
     "Correct the signature or the `return`.", Example::psm, "func @f(%x: f32) -> f32 {\n  return\n}"},
    {Code::ir_state,
     "A state result replaces a state argument of the same name and type, once; all functions see one type.",
     "Give the argument that is replaced the same `state @name`.", Example::psm,
     "func @f(%x: f32) -> f32 state @s {\n  return %x\n}"},
    {Code::ir_symbols,
     "A function declares a symbol twice, without a name, or with a range that is empty or too large.",
     "Symbols are declared once, as in `func @f[pos: 0..127](...)`."},
    {Code::ir_constant, "A constant is no tensor of a static shape, or has other bytes than its type asks for.",
     "The readers of text refuse that themselves; a program that builds a module must give as many bytes."},
    {Code::ir_recursion, "A function calls itself, directly or through others, or the chain of calls is too long.",
     "Write a loop: programs for the machine have no stack.", Example::psm,
     "func @f(%x: f32) -> f32 {\n  %y = call @f(%x)\n  return %y\n}"},
    {Code::bad_operand_count, "The op takes another number of operands.",
     "`psmc --list-ops` shows each op as it is written.", Example::psm,
     "func @f(%x: f32) {\n  %y = neg %x, %x\n  return\n}"},
    {Code::bad_operand_type, "An operand has a type that the op does not take. The notes say where it comes from.",
     "`cast` changes element types, `reshape` and `broadcast` shapes.", Example::psm,
     "func @f(%x: tensor<4xf32>) {\n  %y = load %x[0]\n  return\n}"},
    {Code::bad_attribute, "An attribute is missing, of the wrong kind, or has a value that the op cannot use.",
     "`psmc --list-ops` says what each attribute is.", Example::psm, "func @f(%x: f32) {\n  %y = cast %x\n  return\n}"},
    {Code::shape_mismatch, "The extents of operands, or of an operand and an attribute, do not fit together.",
     "Compare the types in the notes; `broadcast` and `reshape` make shapes fit.", Example::psm,
     "func @f(%x: tensor<4xf32>) {\n  %y = slice %x {size = [9], start = [0]}\n  return\n}"},
    {Code::symbol_out_of_range, "With some allowed value of a symbol, an access would leave its tensor.",
     "Narrow the range of the symbol, or make the tensor larger.", Example::psm,
     "func @f[p: 0..9](%x: tensor<4xf32>) {\n  %y = slice %x {size = [1], start = sym[p]}\n  return\n}"},
    {Code::unknown_symbol, "The function does not declare the symbol.",
     "Declare it with its range: `func @f[p: 0..7](...)`.", Example::psm,
     "func @f(%x: tensor<(p <= 4)xf32>) {\n  return\n}"},
    {Code::unknown_callee, "There is neither a function of that name in the module nor a composite op.",
     "Define the function, or look for the op in `psmc --list-ops`.", Example::psm,
     "func @f(%x: f32) {\n  %y = call @nothing(%x)\n  return\n}"},
    {Code::result_too_large, "The result would have more elements than psmc accepts in one tensor.",
     "Look at the extents; split the work if they are meant.", Example::psm,
     "func @f(%x: tensor<1048576xf32>) {\n  %y = broadcast %x {shape = [1048576, 1048576, 1048576]}\n  "
     "return\n}"},
    {Code::interp_arguments,
     "The values given with --input or --symbol are not those that the function has, or do not fit.",
     "Give each argument of the signature a value of its type, as in --input x=x.npy.", Example::command,
     "psmc interp net.psm --input nosuch=3"},
    {Code::interp_limit, "The interpreter was stopped: it took more steps or memory than allowed.",
     "Raise --max-steps if the work is meant.", Example::command, "psmc interp net.psm --max-steps 10"},
    {Code::interp_bounds, "An access of a loop program reaches outside its buffer or tensor.",
     "The place is the op that accesses; look at its subscripts and the bounds of the loops around it."},
    {Code::interp_unsupported, "The interpreter does not run this op, as those that stand for instructions of a tile.",
     "Interpret the module before it is lowered that far."},
};

}  // namespace

std::span<const Explanation> ir_explanations() { return kIr; }

}  // namespace psmc::tools
