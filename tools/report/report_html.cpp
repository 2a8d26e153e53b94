// SPDX-License-Identifier: Apache-2.0
// report.html: for each entry the cycles of a launch, where they went, the ops, and a map of the tiles. Plain HTML with
// its style inside; no script, nothing fetched.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "tools/report/record.h"

namespace psmc::tools {
namespace {

constexpr std::string_view kColors[sim::kCycleClasses] = {"#2a7f4f", "#4f9fd0", "#b7c4cf", "#d0a93a", "#c0603a",
                                                          "#8a5fb0", "#b04f7f", "#7f7f5f", "#e8e8e8"};
constexpr size_t kShownOps = 40;

constexpr std::string_view kStyle =
    R"(body{font:15px/1.45 sans-serif;max-width:62em;margin:2em auto;padding:0 1em;color:#222}
table{border-collapse:collapse}td,th{padding:.15em .7em;text-align:right;border-bottom:1px solid #ddd}
td:first-child,th:first-child{text-align:left}.bar{display:flex;height:1.6em;margin:.4em 0}.bar i{display:block}
.key i{display:inline-block;width:.9em;height:.9em;margin:0 .3em 0 .9em}.map td{width:2.6em;height:2.2em;text-align:center;
border:1px solid #fff;padding:0;font-size:.8em}.launches{display:flex;align-items:flex-end;height:6em;gap:1px}
.launches i{flex:1;background:#4f9fd0;min-width:1px}h2{margin-top:1.6em})";

std::string escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

uint64_t total(const sim::ClassCounts& counts) { return std::accumulate(counts.begin(), counts.end(), uint64_t{0}); }
std::string_view class_name(size_t c) { return sim::cycle_class_name(static_cast<sim::CycleClass>(c)); }

std::string classes_html(const EntryRecord& entry) {
  const sim::ClassCounts counts = entry.classes();
  const auto all = static_cast<double>(std::max<uint64_t>(1, total(counts)));
  std::string bar, key;
  for (size_t c = 0; c < counts.size(); ++c) {
    const double percent = 100.0 * static_cast<double>(counts[c]) / all;
    bar += fmt::format("<i style=\"width:{:.3f}%;background:{}\" title=\"{}: {:.2f} %\"></i>", percent, kColors[c],
                       class_name(c), percent);
    key += fmt::format("<i style=\"background:{}\"></i>{} {:.1f} %", kColors[c], class_name(c), percent);
  }
  return fmt::format("<h3>Where the cycles of all tiles went</h3><div class=bar>{}</div><p class=key>{}</p>\n", bar,
                     key);
}

std::string launches_html(const EntryRecord& entry) {
  const uint64_t most = std::max<uint64_t>(1, *std::max_element(entry.launches.begin(), entry.launches.end()));
  std::string bars;
  for (size_t i = 0; i < entry.launches.size(); ++i)
    bars +=
        fmt::format("<i style=\"height:{:.1f}%\" title=\"launch {}: {} cycles\"></i>",
                    100.0 * static_cast<double>(entry.launches[i]) / static_cast<double>(most), i, entry.launches[i]);
  return fmt::format("<h3>Cycles of each launch</h3><div class=launches>{}</div><p>at most {}</p>\n", bars, most);
}

std::string ops_html(const RunRecord& record, const EntryRecord& entry) {
  std::string rows;
  const std::vector<OpCost> costs = record.costs(entry);
  for (size_t i = 0; i < std::min(kShownOps, costs.size()); ++i) {
    const OpCost& cost = costs[i];
    const bool known = cost.bound.cycles > 0;
    rows += fmt::format(
        "<tr><td>{}</td><td>{:.1f}</td><td>{:.1f} %</td><td>{:.1f}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
        escaped(cost.name), cost.cycles, 100 * cost.cycles / std::max(1.0, entry.cycles_each()), cost.waiting,
        known ? fmt::format("{:.1f}", cost.bound.cycles) : "", known ? cost.bound.binding : "", escaped(cost.location));
  }
  return "<h3>Costliest ops</h3><p>Cycles of one launch, mean of all tiles, and how many of them a tile waited; the "
         "bound is what no program can beat.</p>\n"
         "<table><tr><th>op</th><th>cycles</th><th>share</th><th>waiting</th><th>bound</th><th>bound "
         "by</th><th>source</th></tr>\n" +
         rows + "</table>\n";
}

/// The share of cycles in which a tile issues or multiplies, as a colour from pale to green.
std::string tiles_html(const RunRecord& record, const EntryRecord& entry) {
  const arch::Grid& grid = record.image().machine.grid;
  std::string rows;
  for (uint32_t y = 0; y < grid.rows; ++y) {
    rows += "<tr>";
    for (uint32_t x = 0; x < grid.columns; ++x) {
      const uint32_t id = y * grid.columns + x;
      const sim::ClassCounts counts = id < entry.tiles.size() ? entry.tiles[id] : sim::ClassCounts{};
      const auto all = static_cast<double>(std::max<uint64_t>(1, total(counts)));
      const double busy = static_cast<double>(counts[0] + counts[1]) / all;
      std::string title = fmt::format("tile {},{}", x, y);
      for (size_t c = 0; c < counts.size(); ++c)
        title += fmt::format("&#10;{}: {:.1f} %", class_name(c), 100.0 * static_cast<double>(counts[c]) / all);
      rows += fmt::format("<td style=\"background:hsl(140,45%,{:.0f}%)\" title=\"{}\">{:.0f}</td>", 95 - 60 * busy,
                          title, 100 * busy);
    }
    rows += "</tr>\n";
  }
  return "<h3>Tiles</h3><p>Per cent of the cycles in which a tile computes; point at one for its classes.</p><table "
         "class=map>" +
         rows + "</table>\n";
}

std::string channels_html(const EntryRecord& entry) {
  std::string rows;
  for (size_t i = 0; i < entry.channel_bytes.size(); ++i)
    rows += fmt::format(
        "<tr><td>channel {}</td><td>{:.0f}</td><td>{:.2f}</td></tr>", i,
        static_cast<double>(entry.channel_bytes[i]) / static_cast<double>(entry.launches.size()),
        static_cast<double>(entry.channel_bytes[i]) / static_cast<double>(std::max<uint64_t>(1, entry.cycles())));
  return "<h3>Memory</h3><table><tr><th></th><th>bytes a launch</th><th>bytes a cycle</th></tr>" + rows + "</table>\n";
}

}  // namespace

std::string report_html(const RunRecord& record, const std::string& title) {
  const arch::Machine& machine = record.image().machine;
  std::string out =
      fmt::format("<!doctype html>\n<html lang=en><meta charset=utf-8><title>{}</title><style>{}</style>\n",
                  escaped(title), kStyle);
  out += fmt::format("<h1>{}</h1><p>On {}: {} x {} tiles at {} MHz.</p>\n", escaped(title), escaped(machine.name),
                     machine.grid.columns, machine.grid.rows, machine.clock_mhz);
  for (const EntryRecord& entry : record.entries()) {
    out +=
        fmt::format("<h2>{}</h2><p><b>{:.0f}</b> cycles a launch ({} launches): <b>{:.0f}</b> a second.</p>\n",
                    escaped(entry.name), entry.cycles_each(), entry.launches.size(), record.tokens_per_second(entry));
    out += launches_html(entry) + classes_html(entry) + ops_html(record, entry) + tiles_html(record, entry) +
           channels_html(entry);
  }
  return out + "</html>\n";
}

}  // namespace psmc::tools
