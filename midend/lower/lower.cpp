// SPDX-License-Identifier: Apache-2.0
#include "midend/lower/lower.h"

#include <fmt/format.h>

#include "midend/lower/lowering.h"

namespace psmc::midend {

std::string sym_text(const ir::Module& module, const ir::SymExpr& expr) {
  std::string text;
  for (const auto& [name, coefficient] : expr.terms) {
    const std::string term = (coefficient == 1 || coefficient == -1)
                                 ? std::string(module.text(name))
                                 : fmt::format("{} * {}", module.text(name), std::abs(coefficient));
    if (text.empty())
      text = coefficient < 0 ? (coefficient == -1 ? fmt::format("{} * -1", module.text(name))
                                                  : fmt::format("{} * {}", module.text(name), coefficient))
                             : term;
    else
      text += (coefficient < 0 ? " - " : " + ") + term;
  }
  if (text.empty()) return fmt::format("{}", expr.constant);
  if (expr.constant > 0) text += fmt::format(" + {}", expr.constant);
  if (expr.constant < 0) text += fmt::format(" - {}", -expr.constant);
  return text;
}

std::string Lowering::run() {
  signature();
  if (plan_.matrix) {
    emit_matrix();
  } else {
    open_parallel_loops();
    const bool reduces = piece_.body != ir::BodyKind::scalar;
    if (reduces) emit_root();
    emit_steps(reduces ? piece_.inner : 0, static_cast<uint32_t>(piece_.steps.size()));
    emit_stores();
    leave(0);
  }
  out_ += "  return\n}\n";
  return std::move(out_);
}

std::string lower_piece(const ir::Module& module, const std::vector<ir::Symbol>& symbols, const NodePiece& piece,
                        const Box& points, const std::vector<View>& leaves, const View& result, const LoopPlan& plan) {
  return Lowering(module, symbols, piece, points, leaves, result, plan).run();
}

}  // namespace psmc::midend
