// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "midend/partition/partition.h"

namespace psmc::midend {
namespace {

std::string points_text(const NodePlace& place) {
  const Layout& layout = place.points[0];
  const auto busy = std::find_if(layout.begin(), layout.end(), [](const Box& box) { return !box.empty(); });
  if (busy == layout.end()) return "nothing";
  std::string text;
  for (const Range& r : busy->dims) text += fmt::format("{}{}", text.empty() ? "" : "x", r.size());
  return text.empty() ? "1" : text;
}

}  // namespace

std::string partition_text(const ir::Module& module, ir::FuncId func, const std::vector<Node>& nodes,
                           const std::vector<NodePlace>& places) {
  std::string text =
      fmt::format("@{}\n{:>6} {:>6}  {:<15} {:>5}  {:<14} {:>9}  op\n", module.text(module.func(func).name), "step",
                  "region", "tiles (x,y)", "busy", "points", "until");
  for (size_t n = 0; n < nodes.size(); ++n) {
    const NodePlace& place = places[n];
    const Rectangle& r = place.rectangle;
    const auto busy =
        std::count_if(place.points[0].begin(), place.points[0].end(), [](const Box& box) { return !box.empty(); });
    const ir::OpData& op = module.op(nodes[n].op);
    std::string label;
    if (op.loc && module.loc(op.loc).label) label = fmt::format("{}: ", module.text(module.loc(op.loc).label));
    text += fmt::format("{:>6} {:>6}  {:<15} {:>5}  {:<14} {:>9.0f}  {}{}\n", place.step, place.region,
                        fmt::format("{},{} to {},{}", r.x0, r.y0, r.x1, r.y1), busy, points_text(place), place.finish,
                        label, ir::op_def(op.kind).name);
  }
  return text;
}

}  // namespace psmc::midend
