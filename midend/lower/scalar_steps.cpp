// SPDX-License-Identifier: Apache-2.0
// The scalar program of one point. A kernel computes in f32, i32, bool and index; steps of narrower floats are rounded.
#include "base/json.h"
#include "midend/lower/lowering.h"

namespace psmc::midend {
namespace {

/// The type that a kernel holds a value in.
DType held(DType dtype) {
  if (dtype == DType::boolean) return DType::boolean;
  return is_float(dtype) ? DType::f32 : DType::i32;
}

}  // namespace

std::string Lowering::constant(double number, DType dtype) {
  const std::string name = fresh();
  const DType type = held(dtype);
  if (type == DType::boolean)
    line(fmt::format("{} = constant {} : bool", name, number != 0 ? "true" : "false"));
  else if (type == DType::i32)
    line(fmt::format("{} = constant {} : i32", name, static_cast<int64_t>(number)));
  else {
    std::string text = json::number_text(number);
    std::erase(text, '"');
    if (text.find_first_of(".einEIN") == std::string::npos) text += ".0";
    line(fmt::format("{} = constant {} : f32", name, text));
  }
  return name;
}

std::string Lowering::converted(const std::string& name, DType dtype) {
  const std::string narrow = fresh();
  line(fmt::format("{} = cast {} {{dtype = {}}}", narrow, name, dtype_name(dtype)));
  if (held(dtype) == dtype) return narrow;
  const std::string wide = fresh();
  line(fmt::format("{} = cast {} {{dtype = {}}}", wide, narrow, dtype_name(held(dtype))));
  return wide;
}

std::string Lowering::rounded(std::string name, DType dtype) {
  return held(dtype) == dtype ? name : converted(name, dtype);
}

void Lowering::emit_steps(uint32_t first, uint32_t last) {
  names_.resize(piece_.steps.size());
  for (uint32_t i = first; i < last; ++i) names_[i] = emit_step(piece_.steps[i]);
}

std::string Lowering::emit_step(const Step& step) {
  switch (step.what) {
    case StepKind::leaf: {
      const std::string at = subscript(piece_.leaves[step.index].map, leaves_[step.index]);
      const std::string name = fresh();
      line(fmt::format("{} = load %a{}[{}]", name, step.index, at));
      return name;
    }
    case StepKind::root: return rounded(root_, step.dtype);
    case StepKind::constant: return constant(step.number, step.dtype);
    case StepKind::affine: return emit_affine(step);
    case StepKind::op: return emit_op(step);
  }
  return {};
}

std::string Lowering::emit_affine(const Step& step) {
  const std::string index = fresh();
  line(fmt::format("{} = index {}", index, affine(step.expr, 0)));
  const std::string integer = fresh();
  line(fmt::format("{} = cast {} {{dtype = i32}}", integer, index));
  if (held(step.dtype) == DType::i32) return rounded(integer, step.dtype);
  return converted(integer, step.dtype);
}

std::string Lowering::emit_op(const Step& step) {
  std::string text{ir::op_def(step.kind).name};
  for (size_t i = 0; i < step.args.size(); ++i) text += (i ? ", " : " ") + names_[step.args[i]];
  if (step.kind == ir::OpKind::cast) {
    const bool held_alike = held(piece_.steps[step.args[0]].dtype) == held(step.dtype);
    return held_alike ? rounded(names_[step.args[0]], step.dtype) : converted(names_[step.args[0]], step.dtype);
  }
  const std::string name = fresh();
  line(name + " = " + text);
  return rounded(name, step.dtype);
}

void Lowering::emit_stores() {
  for (size_t i = 0; i < piece_.outputs.size(); ++i)
    line(fmt::format("store {}, %a{}[{}]", names_[piece_.outputs[i]], leaves_.size() + i,
                     subscript(piece_.result, result_)));
}

}  // namespace psmc::midend
