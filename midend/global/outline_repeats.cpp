// SPDX-License-Identifier: Apache-2.0
// outline-repeats: stretches of a function's body that compute the same one after the other, as the layers of a model
// do, become calls of one private function, so that what passes do at graph level is done once for all layers; `inline`
// puts them back.
//
// Steps, for each function, those that are made included:
//   LayerFinder    (midend/global/layers.h) the body as tokens: kind, attributes, types of each op; which stretches of
//                  tokens repeat; where the layers begin; and whether their ops are linked alike, exactly
//   find_slots     values from outside are arguments (those that agree in every layer are one); a constant that all
//                  layers share is made inside. States are values like others here
//   find_outputs   what anything outside of any layer reads is a result
//   make_function, make_call
//
// Needs: no groups for use (they are skipped), so before fuse-elementwise. Ensures: the same ops on the same operands
// after `inline`, with their labels where these differ in one part between layers (layer_labels.h). Cost: n log^2 n
// comparisons, the rest linear.
#include "midend/global/outline_repeats.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "ir/entry.h"
#include "ir/limits.h"
#include "ir/op.h"
#include "midend/global/equal_constants.h"
#include "midend/global/layer_labels.h"
#include "midend/global/layers.h"
#include "midend/simplify/forward.h"

namespace psmc::midend {
namespace {

constexpr uint32_t kNone = LayerFinder::kNone;
constexpr ir::PassOption kOptions[] = {
    ir::integer_option("least", "fewest ops of a layer; default 8", 2, int64_t{1} << 20)};

class Outliner {
 public:
  Outliner(ir::Module& module, uint32_t least)
      : module_(module), least_(least), constants_(module), finder_(module), forwarding_(module) {
    for (uint32_t i = 0; i < module.num_funcs(); ++i) taken_.insert(module.func(ir::FuncId(i)).name);
  }

  /// How many calls were made, in the functions made on the way too. Uses are listed for all functions of a generation
  /// together: each is at most half as long as the one that it comes from.
  int64_t run() {
    for (uint32_t next = 0; next < module_.num_funcs();) {
      const ir::Uses uses(module_);
      for (const uint32_t end = module_.num_funcs(); next < end; ++next)
        if (!module_.func(ir::FuncId(next)).erased) run(ir::FuncId(next), uses);
    }
    return calls_;
  }
  int64_t steps() const { return finder_.steps(); }

 private:
  void run(ir::FuncId func, const ir::Uses& uses) {
    func_ = func;
    names_made_ = 0;
    const int64_t before = calls_;
    for (const Layers& layers : finder_.find(func, least_, uses)) outline(layers, uses);
    if (calls_ > before) forwarding_.apply(module_.func(func_).body);
  }

  struct Slot {
    bool shared = false;  ///< a constant that all layers read, made inside; else an argument
    uint32_t argument = 0;
    std::vector<ir::ValueId> from;  ///< by layer
  };

  void outline(const Layers& layers, const ir::Uses& uses) {
    find_slots(layers);
    find_labels(layers);
    const std::vector<std::pair<uint32_t, uint32_t>> outputs = find_outputs(layers, uses);
    if (std::max(slots_.size(), outputs.size()) > ir::kMaxOperands) return;
    const ir::StrId name = make_function(layers, outputs);
    for (uint32_t copy = 0; copy < layers.copies; ++copy) make_call(layers, copy, outputs, name);
  }

  /// Fills `slots_` and, for each use of an outside value in a layer, `slot_of_use_`.
  void find_slots(const Layers& layers) {
    slots_.clear();
    slot_of_use_.clear();
    KeyTable same;
    uint32_t arguments = 0;
    for (uint32_t o = 0; o < layers.period; ++o) {
      for (uint32_t i = 0; i < module_.op(finder_.op(layers.at(0, o))).num_operands; ++i) {
        if (finder_.offset_in(layers, 0, module_.operand(finder_.op(layers.at(0, o)), i)) != kNone) continue;
        Slot slot;
        key_.clear();
        for (uint32_t copy = 0; copy < layers.copies; ++copy) {
          slot.from.push_back(module_.operand(finder_.op(layers.at(copy, o)), i));
          key_.push_back(same_constant(slot.from.back()));
        }
        slot.shared = key_[0] >= kConstant && std::ranges::count(key_, key_[0]) == std::ssize(key_);
        slot_of_use_.push_back(same.number(key_));
        if (slot_of_use_.back() < slots_.size()) continue;
        if (!slot.shared) slot.argument = arguments++;
        slots_.push_back(std::move(slot));
      }
    }
  }

  /// The value, or for constants the first one that holds the same.
  uint32_t same_constant(ir::ValueId value) {
    const ir::OpId def = module_.def(value);
    if (!def.valid() || module_.kind(def) != ir::OpKind::constant || !module_.find_attr(def, "id")) return value.index;
    return kConstant + constants_.first(static_cast<uint32_t>(module_.int_attr(def, "id")));
  }

  /// (offset, result) of the values that something outside of their layer reads, in any layer.
  std::vector<std::pair<uint32_t, uint32_t>> find_outputs(const Layers& layers, const ir::Uses& uses) const {
    std::vector<std::pair<uint32_t, uint32_t>> outputs;
    for (uint32_t o = 0; o < layers.period; ++o)
      for (uint32_t r = 0; r < module_.op(finder_.op(layers.at(0, o))).num_results; ++r)
        for (uint32_t copy = 0; copy < layers.copies; ++copy) {
          const uint32_t first = layers.at(copy, 0);
          const auto is_outside = [&](ir::OpId reader) {
            const uint32_t at = finder_.position(reader);
            return at == kNone || at < first || at >= first + layers.period;
          };
          if (!std::ranges::any_of(uses.of(module_.result(finder_.op(layers.at(copy, o)), r)), is_outside)) continue;
          outputs.emplace_back(o, r);
          break;
        }
    return outputs;
  }

  ir::StrId free_name() {
    const std::string base = std::string(module_.text(module_.func(func_).name)) + ".repeat";
    while (true) {
      const ir::StrId name = module_.str(names_made_ == 0 ? base : fmt::format("{}.{}", base, names_made_));
      ++names_made_;
      if (taken_.insert(name).second) return name;
    }
  }

  ir::StrId make_function(const Layers& layers, const std::vector<std::pair<uint32_t, uint32_t>>& outputs) {
    const ir::StrId name = free_name();
    std::vector<ir::TypeId> types;
    for (const Slot& slot : slots_)
      if (!slot.shared) types.push_back(module_.value(slot.from[0]).type);
    const ir::FuncId made = module_.create_func(module_.text(name), types);
    ir::Func& func = module_.func(made);
    func.symbols = module_.func(func_).symbols;
    func.attrs = module_.attrs({{module_.str(ir::kPrivate), true}});
    const std::vector<ir::OpId> copies = copy_layer(layers, func.body);
    std::vector<ir::ValueId> results;
    for (const auto& [o, r] : outputs) results.push_back(module_.result(copies[o], r));
    for (const ir::ValueId value : results) func.results.push_back(module_.value(value).type);
    func.result_state.resize(results.size());
    func.result_names.resize(results.size());
    module_.append(func.body, module_.create(ir::OpKind::return_, results, {}));
    return name;
  }

  std::vector<ir::OpId> copy_layer(const Layers& layers, ir::BlockId body) {
    std::vector<ir::ValueId> inside;  // by slot
    for (const Slot& slot : slots_)
      inside.push_back(slot.shared ? copy_op(module_.def(slot.from[0]), {}, body)
                                   : module_.block_arg(body, slot.argument));
    std::vector<ir::OpId> copies;
    size_t use = 0;
    for (uint32_t o = 0; o < layers.period; ++o) {
      const ir::OpId op = finder_.op(layers.at(0, o));
      std::vector<ir::ValueId> operands;
      for (uint32_t i = 0; i < module_.op(op).num_operands; ++i) {
        const ir::ValueId operand = module_.operand(op, i);
        const uint32_t from = finder_.offset_in(layers, 0, operand);
        operands.push_back(
            from == kNone
                ? inside[slot_of_use_[use++]]
                : module_.result(copies[from], operand.index - module_.op(module_.def(operand)).first_result.index));
      }
      copies.push_back(module_.def(copy_op(op, operands, body)));
      module_.set_loc(copies.back(), locs_[o]);
    }
    return copies;
  }

  /// The first result of the copy.
  ir::ValueId copy_op(ir::OpId op, std::span<const ir::ValueId> operands, ir::BlockId body) {
    const ir::OpData data = module_.op(op);
    std::vector<ir::TypeId> types;
    for (uint32_t i = 0; i < data.num_results; ++i) types.push_back(module_.value(module_.result(op, i)).type);
    const ir::OpId copy = module_.create(data.kind, operands, types, data.attrs, data.loc);
    module_.append(body, copy);
    for (uint32_t i = 0; i < data.num_results; ++i)
      if (const ir::StrId name = module_.value(module_.result(op, i)).name; name)
        module_.set_name(module_.result(copy, i), name);
    return module_.result(copy);
  }

  /// Fills `locs_` (by op of a layer) and `parts_` (by layer; none if a * cannot be undone).
  void find_labels(const Layers& layers) {
    locs_.clear();
    parts_.assign(layers.copies, "");
    bool is_first = true, clear = true;
    for (uint32_t o = 0; o < layers.period; ++o) {
      std::vector<std::string_view> labels;
      for (uint32_t copy = 0; copy < layers.copies; ++copy)
        labels.push_back(module_.text(module_.loc(module_.op(finder_.op(layers.at(copy, o))).loc).label));
      const ir::LocId first = module_.op(finder_.op(layers.at(0, o))).loc;
      locs_.push_back(first);
      const bool has_star = std::ranges::any_of(labels, [](std::string_view l) { return l.find('*') != l.npos; });
      clear &= !has_star;
      if (has_star || std::ranges::count(labels, labels[0]) == std::ssize(labels)) continue;
      const std::string common = common_label(labels);
      for (uint32_t copy = 0; copy < layers.copies; ++copy) {
        const std::string part(varying_part(common, labels[copy]));
        clear &= is_first || parts_[copy] == part;
        parts_[copy] = part;
      }
      is_first = false;
      ir::Location loc = module_.loc(first);
      loc.label = module_.str(common);
      locs_.back() = module_.loc(loc);
    }
    if (!clear || is_first) parts_.clear();
  }

  ir::LocId call_loc(const Layers& layers, uint32_t copy) {
    ir::Location loc = module_.loc(module_.op(finder_.op(layers.at(copy, 0))).loc);
    if (!parts_.empty()) loc.label = module_.str(call_label(parts_[copy]));
    return module_.loc(loc);
  }

  void make_call(const Layers& layers, uint32_t copy, const std::vector<std::pair<uint32_t, uint32_t>>& outputs,
                 ir::StrId name) {
    std::vector<ir::ValueId> operands, old;
    for (const Slot& slot : slots_)
      if (!slot.shared) operands.push_back(slot.from[copy]);
    for (const auto& [o, r] : outputs) old.push_back(module_.result(finder_.op(layers.at(copy, o)), r));
    std::vector<ir::TypeId> types;
    for (const ir::ValueId value : old) types.push_back(module_.value(value).type);
    const ir::AttrId attrs = module_.attrs({{module_.str("callee"), std::string(module_.text(name))}});
    const ir::OpId call = module_.create(ir::OpKind::call, operands, types, attrs, call_loc(layers, copy));
    // In front of the last op: constants of the layer may stand between its ops.
    module_.insert_before(finder_.op(layers.at(copy, layers.period - 1)), call);
    for (uint32_t i = 0; i < old.size(); ++i) forwarding_.replace(old[i], module_.result(call, i));
    for (uint32_t o = 0; o < layers.period; ++o) module_.erase(finder_.op(layers.at(copy, o)));
    ++calls_;
  }

  static constexpr uint32_t kConstant = 0x80000000u;

  ir::Module& module_;
  uint32_t least_;
  EqualConstants constants_;
  LayerFinder finder_;
  Forwarding forwarding_;
  ir::FuncId func_;
  std::vector<uint32_t> key_;
  std::vector<Slot> slots_;
  std::vector<uint32_t> slot_of_use_;
  std::vector<ir::LocId> locs_;
  std::vector<std::string> parts_;
  std::set<ir::StrId> taken_;  ///< names of functions
  uint32_t names_made_ = 0;
  int64_t calls_ = 0;
};

}  // namespace

std::span<const ir::PassOption> outline_repeats_options() { return kOptions; }

bool outline_repeats(ir::Module& module, ir::PassContext& context) {
  Outliner outliner(module, static_cast<uint32_t>(context.int_option("least", 8)));
  const int64_t calls = outliner.run();
  context.count("calls", calls);
  context.count("steps", outliner.steps());
  return calls > 0;
}

}  // namespace psmc::midend
