// SPDX-License-Identifier: Apache-2.0
#include "midend/partition/partition.h"

#include <algorithm>
#include <deque>
#include <limits>
#include <unordered_set>

#include "midend/partition/choices.h"
#include "midend/partition/home.h"

namespace psmc::midend {
namespace {

constexpr size_t kBeam = 6;

/// What the nodes say of a value. `number` is its place among those that they read and make, the same for the module
/// that is read back from a dump, where ids are others.
struct Life {
  uint32_t number = 0;
  size_t last_use = 0;
};

/// A live value: the layouts in which the scratchpads hold it, the first one first.
struct Held {
  ir::ValueId value;
  Life life;
  LayoutListId layouts;
};

struct State {
  std::vector<float> free;  ///< per tile: cycle at which it has done everything so far
  float memory = 0;         ///< cycle at which the channels have delivered all that was streamed
  float penalty = 0;        ///< scratchpad taken by resident constants, as cycles
  std::vector<Held> held;
  uint32_t history = 0;  ///< last decision, in Search::decisions_
  float finish() const { return std::max(memory, *std::max_element(free.begin(), free.end())); }
  float score() const {
    float sum = 0;
    for (float f : free) sum += f;
    return finish() + penalty + sum / static_cast<float>(free.size()) / 1024;  // breaks ties
  }
};

/// A chain of decisions, newest first.
struct Decision {
  const Choice* choice = nullptr;
  uint32_t before = 0;
  float finish = 0;
};

/// A way to extend a state that is worth making: enough to make it again.
struct Extension {
  float score = 0;
  size_t state = 0;
  const Choice* choice = nullptr;
};

class Search {
 public:
  Search(const PartitionRequest& request, ir::FuncId func)
      : request_(request),
        func_(request.module.func(func)),
        costs_(request.module, request.machine, request.columns, request.rows, layouts_),
        choices_(request.module, func_.symbols, request.columns, request.rows, layouts_, costs_) {}

  std::vector<NodePlace> run(const std::vector<Node>& nodes);

 private:
  size_t num_tiles() const { return size_t{request_.columns} * request_.rows; }
  void find_lives(const std::vector<Node>& nodes);
  Held held(ir::ValueId value, LayoutListId layouts) const { return {value, lives_.at(value), layouts}; }
  Held held_in(ir::ValueId value, LayoutId layout) { return held(value, lists_.with(lists_.none(), layout)); }
  LayoutId first_layout(const Held& held) const { return lists_[held.layouts][0]; }
  LayoutId home_of(const Node& update, const State& state);
  std::vector<const Choice*> choices_for(const Node& node, const State& state);
  void extend(State& state, const Node& node, const Choice& choice);
  void fetch_constant(State& state, ir::ValueId value, LayoutId need) const;
  void bring(State& state, ir::ValueId value, LayoutId need);
  void drop_dead(State& state, size_t node) const;
  uint64_t key_of(const State& state) const;
  std::vector<State> best_of(const std::vector<State>& beam, const Node& node, size_t index);
  std::vector<NodePlace> places(const std::vector<Node>& nodes, const State& best) const;

  const PartitionRequest& request_;
  const ir::Func& func_;
  LayoutTable layouts_;
  LayoutLists lists_;
  CostModel costs_;
  ChoiceTable choices_;
  std::deque<Choice> fixed_;  ///< of updates
  std::unordered_map<ir::ValueId, Life> lives_;
  std::unordered_set<ir::ValueId> states_;  ///< arguments in the scratchpads
  std::vector<Decision> decisions_;
};

/// The corner of the width x height rectangle, aligned to its size, that is free first.
size_t earliest_corner(const std::vector<float>& free, const Option& option, uint32_t columns, uint32_t rows) {
  size_t best = 0;
  float earliest = std::numeric_limits<float>::infinity();
  for (uint32_t y = 0; y + option.height <= rows; y += option.height)
    for (uint32_t x = 0; x + option.width <= columns; x += option.width) {
      float last = 0;
      for (uint32_t i = 0; i < option.height; ++i)
        for (uint32_t j = 0; j < option.width; ++j) last = std::max(last, free[(y + i) * columns + x + j]);
      if (last >= earliest) continue;
      earliest = last;
      best = size_t{y} * columns + x;
    }
  return best;
}

/// Where the old value lies, if it can be written there. All of it lies in the first layout of what a node made or a
/// state holds; other layouts may have parts only.
LayoutId Search::home_of(const Node& update, const State& state) {
  const std::vector<int64_t> bounds = request_.module.value_type(update.outputs[0]).bounds();
  const bool whole = request_.module.def(update.in_place).valid() || states_.contains(update.in_place);
  for (const Held& held : state.held)
    if (whole && held.value == update.in_place && may_write_in(update, layouts_[first_layout(held)], bounds))
      return first_layout(held);
  return layouts_.intern(home_for(update, bounds, num_tiles()));
}

std::vector<const Choice*> Search::choices_for(const Node& node, const State& state) {
  std::vector<const Choice*> result;
  if (node.is_update()) {
    fixed_.push_back(choices_.at_home(node, home_of(node, state)));
    return {&fixed_.back()};
  }
  NodeOptions& options = choices_.options(node);
  for (size_t o = 0; o < options.options.size(); ++o) {
    const Option& option = options.options[o];
    result.push_back(&choices_.at(node, options, o, 0));
    if (size_t{option.width} * option.height * 2 > num_tiles()) continue;
    const size_t corner = earliest_corner(state.free, option, request_.columns, request_.rows);
    if (corner != 0) result.push_back(&choices_.at(node, options, o, corner));
  }
  return result;
}

void Search::fetch_constant(State& state, ir::ValueId value, LayoutId need) const {
  const auto element = static_cast<float>(dtype_bytes(request_.module.value_type(value).dtype));
  const float largest = static_cast<float>(layouts_.largest(need)) * element;
  if (request_.streamed && largest > static_cast<float>(kSmallConstant))
    state.memory += costs_.stream(static_cast<float>(layouts_.total(need)) * element);
  else
    state.penalty += costs_.scratchpad(largest);
}

/// The value in a layout that covers `need`: there already, or brought there; an input comes from device memory again.
void Search::bring(State& state, ir::ValueId value, LayoutId need) {
  auto at = std::find_if(state.held.begin(), state.held.end(), [&](const Held& h) { return h.value == value; });
  if (at == state.held.end()) at = state.held.insert(at, held(value, lists_.none()));
  for (LayoutId have : lists_[at->layouts])
    if (layouts_.covers(have, need)) return;
  const auto element = static_cast<uint32_t>(dtype_bytes(request_.module.value_type(value).dtype));
  if (!request_.module.def(value).valid() && !states_.contains(value)) {
    const float bytes = static_cast<float>(layouts_.total(need)) * static_cast<float>(element);
    if (request_.input_limit > 0 && layouts_.largest(need) * element > request_.input_limit) {
      state.memory += costs_.stream(bytes);
      return;
    }
    for (size_t t = 0; t < num_tiles(); ++t)
      if (!layouts_[need][t].empty()) state.free[t] += costs_.memory_latency() + costs_.stream(bytes);
  } else {
    costs_.send(costs_.move(first_layout(*at), need, element), state.free);
  }
  at->layouts = lists_.with(at->layouts, need);
}

void Search::extend(State& state, const Node& node, const Choice& choice) {
  for (size_t p = 0; p < node.pieces.size(); ++p)
    for (size_t l = 0; l < node.pieces[p].leaves.size(); ++l) {
      const ir::ValueId value = node.pieces[p].leaves[l].value;
      const ir::OpId def = request_.module.def(value);
      if (def.valid() && request_.module.kind(def) == ir::OpKind::constant)
        fetch_constant(state, value, choice.needs[p][l]);
      else
        bring(state, value, choice.needs[p][l]);
    }
  if (node.is_update()) bring(state, node.in_place, choice.result);
  for (size_t t = 0; t < num_tiles(); ++t)
    if (choice.cycles[t] > 0) state.free[t] = std::max(state.free[t], state.memory) + choice.cycles[t];
  for (ir::ValueId value : node.outputs) state.held.push_back(held_in(value, choice.result));
}

void Search::drop_dead(State& state, size_t node) const {
  std::erase_if(state.held, [&](const Held& h) { return h.life.last_use <= node; });
}

uint64_t Search::key_of(const State& state) const {
  uint64_t key = 0;
  for (const Held& held : state.held) {
    key = key * 0x100000001b3u + held.life.number;
    for (LayoutId id : lists_[held.layouts]) key = (key ^ id.index) * 0x9e3779b97f4a7c15u;
  }
  return key;
}

std::vector<State> Search::best_of(const std::vector<State>& beam, const Node& node, size_t index) {
  std::unordered_map<uint64_t, Extension> by_key;  // the fastest way to each set of layouts
  State next;                                      // its arrays are used again
  for (size_t s = 0; s < beam.size(); ++s)
    for (const Choice* choice : choices_for(node, beam[s])) {
      next = beam[s];
      extend(next, node, *choice);
      drop_dead(next, index);
      const Extension extension{next.score(), s, choice};
      const auto [at, is_new] = by_key.try_emplace(key_of(next), extension);
      if (!is_new && extension.score < at->second.score) at->second = extension;
    }
  std::vector<std::pair<uint64_t, Extension>> ways(by_key.begin(), by_key.end());
  std::sort(ways.begin(), ways.end(), [](const auto& a, const auto& b) {
    return a.second.score != b.second.score ? a.second.score < b.second.score : a.first < b.first;
  });
  if (ways.size() > kBeam) ways.resize(kBeam);
  std::vector<State> result;
  for (const auto& [key, way] : ways) {
    next = beam[way.state];
    extend(next, node, *way.choice);
    drop_dead(next, index);
    decisions_.push_back({way.choice, next.history, next.finish()});
    next.history = static_cast<uint32_t>(decisions_.size() - 1);
    result.push_back(next);
  }
  return result;
}

void Search::find_lives(const std::vector<Node>& nodes) {
  const auto use = [&](ir::ValueId value, size_t node) {
    const auto number = static_cast<uint32_t>(lives_.size());
    lives_.try_emplace(value, Life{number, node}).first->second.last_use = node;
  };
  for (const auto& [value, layout] : request_.states) use(value, 0);
  for (size_t n = 0; n < nodes.size(); ++n) {
    for (const NodePiece& piece : nodes[n].pieces)
      for (const Leaf& leaf : piece.leaves) use(leaf.value, n);
    if (nodes[n].is_update()) use(nodes[n].in_place, n);
    for (const ir::ValueId value : nodes[n].outputs) use(value, n);
  }
}

std::vector<NodePlace> Search::run(const std::vector<Node>& nodes) {
  State start;
  start.free.assign(num_tiles(), 0);
  find_lives(nodes);
  for (const auto& [value, layout] : request_.states) {
    states_.insert(value);
    start.held.push_back(held_in(value, layouts_.intern(layout)));
  }
  decisions_.push_back({});
  std::vector<State> beam = {start};
  for (size_t n = 0; n < nodes.size(); ++n) beam = best_of(beam, nodes[n], n);
  return places(nodes, beam[0]);
}

/// The smallest rectangle around the tiles that have something to do.
Rectangle rectangle_around(const std::vector<float>& cycles, size_t columns) {
  std::vector<size_t> tiles;
  for (size_t t = 0; t < cycles.size(); ++t)
    if (cycles[t] > 0) tiles.push_back(t);
  if (tiles.empty()) return {};
  Rectangle around{tiles[0] % columns, tiles[0] / columns, 0, tiles.back() / columns};
  for (size_t t : tiles) {
    around.x0 = std::min(around.x0, t % columns);
    around.x1 = std::max(around.x1, t % columns);
  }
  return around;
}

/// A node joins the region of a producer whose result it reads where it lies; it is a step later than any producer
/// whose result it must wait for.
std::vector<NodePlace> Search::places(const std::vector<Node>& nodes, const State& best) const {
  std::vector<NodePlace> result(nodes.size());
  std::vector<const Choice*> chosen(nodes.size());
  uint32_t at = best.history;
  for (size_t n = nodes.size(); n-- > 0; at = decisions_[at].before) {
    chosen[n] = decisions_[at].choice;
    result[n].finish = decisions_[at].finish;
  }
  std::unordered_map<ir::ValueId, size_t> producer;
  std::vector<uint32_t> step_of_region;
  for (size_t n = 0; n < nodes.size(); ++n) {
    NodePlace& place = result[n];
    for (LayoutId points : chosen[n]->points) place.points.push_back(layouts_[points]);
    if (nodes[n].is_update()) place.home = layouts_[chosen[n]->result];
    place.rectangle = rectangle_around(chosen[n]->cycles, request_.columns);
    place.region = static_cast<uint32_t>(step_of_region.size());
    for (size_t p = 0; p < nodes[n].pieces.size(); ++p)
      for (size_t l = 0; l < nodes[n].pieces[p].leaves.size(); ++l) {
        const auto from = producer.find(nodes[n].pieces[p].leaves[l].value);
        if (from == producer.end()) continue;
        const NodePlace& before = result[from->second];
        const Layout &have = layouts_[chosen[from->second]->result], &need = layouts_[chosen[n]->needs[p][l]];
        bool local = before.rectangle == place.rectangle;
        for (size_t t = 0; t < num_tiles() && local; ++t) local = have[t].contains(need[t]);
        place.step = std::max(place.step, before.step + (local ? 0 : 1));
        if (local && before.step == place.step) place.region = before.region;
      }
    if (place.region < step_of_region.size() && step_of_region[place.region] != place.step)
      place.region = static_cast<uint32_t>(step_of_region.size());
    if (place.region == step_of_region.size()) step_of_region.push_back(place.step);
    for (ir::ValueId value : nodes[n].outputs) producer[value] = n;
  }
  return result;
}

}  // namespace

std::vector<NodePlace> partition(const PartitionRequest& request, ir::FuncId func, const std::vector<Node>& nodes) {
  if (nodes.empty()) return {};
  return Search(request, func).run(nodes);
}

}  // namespace psmc::midend
