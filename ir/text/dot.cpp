// SPDX-License-Identifier: Apache-2.0
#include "ir/text/dot.h"

#include <fmt/format.h>

#include <unordered_map>

#include "base/nearest.h"
#include "ir/op.h"
#include "ir/text/print_type.h"

namespace psmc::ir {
namespace {

/// `text` in quotes; "\n" begins a new line of a label.
std::string dot_quote(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
  return out + '"';
}

class DotPrinter {
 public:
  DotPrinter(const Module& module, const DotOptions& options) : module_(module), options_(options) {}
  void func(FuncId id);
  std::string take() { return "digraph module {\n  node [shape=box, fontname=\"monospace\"];\n" + out_ + "}\n"; }

 private:
  void line(std::string_view text) { out_.append(2 * depth_, ' ').append(text).append("\n"); }
  void open(std::string_view label);
  void close();
  void block(BlockId block);
  void op(OpId id);
  void arg(ValueId value);
  std::string label(OpId id) const;
  std::string value_text(ValueId value) const;

  const Module& module_;
  const DotOptions& options_;
  std::unordered_map<ValueId, size_t> nodes_;  ///< that a value comes from
  size_t next_node_ = 0, next_cluster_ = 0, shown_ = 0;
  size_t depth_ = 1;
  std::string out_;
};

void DotPrinter::open(std::string_view label) {
  line(fmt::format("subgraph cluster_{} {{", next_cluster_++));
  ++depth_;
  line(fmt::format("label={};", dot_quote(label)));
}

void DotPrinter::close() {
  --depth_;
  line("}");
}

std::string DotPrinter::value_text(ValueId value) const {
  const StrId name = module_.value(value).name;
  const std::string shown = name.valid() ? fmt::format("%{} ", module_.text(name)) : "";
  return fmt::format("{}: {}", shown, print_type(module_, module_.value_type(value)));
}

std::string DotPrinter::label(OpId id) const {
  const OpData& data = module_.op(id);
  std::string text(op_def(data.kind).name);
  if (data.kind == OpKind::call) text += fmt::format(" @{}", module_.str_attr(id, "callee"));
  if (data.kind == OpKind::contract) text += fmt::format(" {}", module_.str_attr(id, "spec"));
  for (uint32_t i = 0; i < data.num_results; ++i) text += "\n" + value_text(module_.result(id, i));
  return text;
}

void DotPrinter::arg(ValueId value) {
  nodes_[value] = next_node_;
  line(fmt::format("n{} [shape=ellipse, label={}];", next_node_++, dot_quote(value_text(value))));
}

void DotPrinter::block(BlockId block) {
  for (uint32_t i = 0; i < module_.block_data(block).num_args; ++i) arg(module_.block_arg(block, i));
  size_t more = 0;
  for (OpId id : ops_of(module_, block)) {
    if (shown_ < options_.max_ops) {
      op(id);
    } else {
      ++more;
    }
  }
  if (more > 0) line(fmt::format("n{} [shape=plaintext, label=\"{} more ops\"];", next_node_++, more));
}

void DotPrinter::op(OpId id) {
  const OpData& data = module_.op(id);
  ++shown_;
  const size_t node = next_node_++;
  const bool ends = op_def(data.kind).terminator;
  line(fmt::format("n{} [{}label={}];", node, ends ? "style=rounded, " : "", dot_quote(label(id))));
  const auto operands = module_.operands(id);
  for (size_t i = 0; i < operands.size(); ++i) {
    const auto from = nodes_.find(operands[i]);
    if (from == nodes_.end()) continue;
    const std::string number = operands.size() > 1 ? fmt::format(" [label=\"{}\"]", i) : "";
    line(fmt::format("n{} -> n{}{};", from->second, node, number));
  }
  for (uint32_t i = 0; i < data.num_results; ++i) nodes_[module_.result(id, i)] = node;
  for (uint32_t i = 0; i < data.num_blocks; ++i) {
    open(fmt::format("{} of n{}", op_def(data.kind).name, node));
    block(module_.block(id, i));
    close();
  }
}

void DotPrinter::func(FuncId id) {
  open(fmt::format("@{}", module_.text(module_.func(id).name)));
  block(module_.func(id).body);
  close();
}

}  // namespace

Result<std::string> print_dot(const Module& module, const DotOptions& options) {
  DotPrinter printer(module, options);
  std::vector<std::string_view> names;
  bool found = options.function.empty();
  for (uint32_t i = 0; i < module.num_funcs(); ++i) {
    if (module.func(FuncId(i)).erased) continue;
    names.push_back(module.text(module.func(FuncId(i)).name));
    if (!options.function.empty() && names.back() != options.function) continue;
    found = true;
    printer.func(FuncId(i));
  }
  if (found) return printer.take();
  return error(Code::bad_option, fmt::format("the module has no function '{}'", options.function),
               names_there_are(options.function, names));
}

}  // namespace psmc::ir
