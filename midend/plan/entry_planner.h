// SPDX-License-Identifier: Apache-2.0
// The planning of one function; see planner.h for the steps. Internal to midend/plan.
//
// Moments number the steps of all functions in one sequence; a launch by the host is a barrier, so at a function's
// first moment every tile knows that all others have finished everything before it. Lifetimes of buffers and events are
// intervals of moments.
//
// Why no write overtakes a read of what was there before. A tile's kernels run in order, and it waits for every message
// and load within the moment that brings it, so what may still read a buffer after its moment is a send of the tile
// that holds it, until that tile drains its sends; that moment still counts as a use of the buffer.
//   a buffer at the address of an earlier one   its life begins after the other's last use; the sender of a message
//                                               into it knows by the clocks that the receiver is past that moment
//   an update in place                          drain_before_write; others have read copies of their own by then
//   a state in the next function                a function ends with all sends drained, and a launch is a barrier
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "arch/plan.h"
#include "midend/node/node.h"
#include "midend/partition/partition.h"
#include "midend/plan/buffers.h"
#include "midend/plan/chunks.h"
#include "midend/plan/clocks.h"
#include "midend/plan/placement.h"
#include "midend/plan/planner.h"
#include "midend/plan/transfer.h"
#include "midend/shard/choose.h"

namespace psmc::midend {

using EventId = Id<struct EventTag>;

/// Semaphores that only their owner's DMA posts and that are waited for with exact counts: never shared, never moved.
inline constexpr uint32_t kSendSemaphore = 0, kLoadSemaphore = 1, kStoreSemaphore = 2;

/// For messages and symbols.
std::string name_of(const ir::Module& module, ir::ValueId value);

/// A semaphore in use, the same number on every tile: from the first moment somebody may post it to the last wait.
struct Event {
  int64_t from = 0, to = 0;
  uint32_t semaphore = 0;  ///< after placement
};

/// A constant as one kernel reads it: packed row-major in `order` over the box of each tile.
struct PackedConstant {
  ir::ConstId constant;
  std::vector<uint32_t> order;
  Placement placement;
  int64_t elements = 0;          ///< of the largest box, padding included
  bool streamed = false;         ///< in device memory, fetched before each use
  std::vector<uint64_t> memory;  ///< streamed: address of each tile's block
};

/// What all functions of a program share.
struct ProgramContext {
  const ir::Module& module;
  const arch::Machine& machine;
  std::vector<uint32_t> tiles;     ///< machine tile of each tile number
  uint32_t columns = 0, rows = 0;  ///< of the rectangle; tile number = y * columns + x
  BufferTable buffers;
  std::vector<Event> events;
  std::vector<PackedConstant> constants;
  std::map<ir::StrId, Placement> states;  ///< by name
  std::vector<std::string> kernel_texts;
  std::string partition;  ///< of all functions, for people
  std::map<std::string, uint32_t> kernel_index;
  std::vector<std::string> kernel_names;
  std::vector<arch::DebugOp> ops;
  std::map<std::string, uint32_t> op_index;
  std::vector<arch::Segment> zeros;  ///< of device memory, when the program is opened
  uint64_t memory_end = 0;           ///< device memory handed out so far
  int64_t now = 1;                   ///< the current moment
  uint64_t stream_budget = 0;        ///< bytes of a tile for what is streamed; 0: everything is resident
  bool stream_weights = false;       ///< else only inputs and results that are too large
  Decisions decisions;

  int64_t chunk_limit() const { return static_cast<int64_t>(stream_budget / 3); }
  arch::OpId debug_op(ir::OpId op);
  uint32_t kernel(const std::string& text, ir::OpId op);
  uint64_t take_memory(uint64_t bytes);
  EventId event(int64_t from, int64_t to);
};

/// A number that is known only after placement: it is increased by the buffer's address or the event's semaphore.
struct Fixup {
  BufferId buffer;
  EventId event;
};

/// One tile's program while it grows.
struct TileDraft {
  struct DescriptorFixup {
    Fixup source, destination, local, remote;
  };
  arch::TileProgram program;
  std::vector<Fixup> args;                   ///< per argument
  std::vector<DescriptorFixup> descriptors;  ///< per descriptor
};

struct EntryDraft {
  arch::EntryPlan plan;
  std::vector<TileDraft> tiles;
  std::vector<Move> moves;
};

/// Plans one function. Errors: state_not_in_place.
class EntryPlanner {
 public:
  EntryPlanner(ProgramContext& context, ir::FuncId func);
  Result<EntryDraft> run(const std::vector<Node>& nodes, const std::vector<NodePlace>& places);

 private:
  size_t num_tiles() const { return context_.tiles.size(); }
  const ir::Module& module() const { return context_.module; }

  void place_arguments();
  void load_symbols();
  void run_node(const Node& node, const NodePlace& place);
  std::vector<Box> results_of(const Node& node, const Chunk& chunk) const;
  std::vector<Placement> new_outputs(const Node& node, const std::vector<Box>& boxes);
  void find_uses(const std::vector<Node>& nodes);
  // Kernel calls (entry_planner_kernels.cpp).
  void run_chunk(const Node& node, const Chunk& chunk, std::vector<Placement>& inputs,
                 const std::vector<Placement>& outputs);
  void run_piece(const Node& node, const NodePiece& piece, const Chunk& chunk,
                 const std::vector<std::vector<Box>>& needs, const std::vector<Placement>& inputs,
                 const std::vector<Placement>& outputs, bool matrix);
  /// What of a view and the local box shows in a kernel's text.
  void describe(const ir::AccessMap& map, const View& view, const Box& points, std::vector<int64_t>& signature) const;
  Status deliver();
  void store_output(uint32_t number, ir::ValueId value);
  // Results in device memory (entry_planner_store.cpp).
  bool stores_by_chunks(const Node& node, const std::vector<Box>& result) const;
  void store_chunk(const Node& node, const std::vector<Placement>& outputs);
  void store(const Placement& from, uint64_t memory, const ir::Type& type);
  void drain_stores(size_t tile);

  // Data where it is needed (entry_planner_move.cpp).
  std::vector<Box> need_of(const NodePiece& piece, const Leaf& leaf, const Chunk& chunk) const;
  Placement require(ir::ValueId value, const std::vector<Box>& need);
  Placement pack_constant(const NodePiece& reader, size_t leaf, const std::vector<Box>& need, bool matrix);
  bool worth_spreading(const ir::Type& type, const std::vector<Box>& need) const;
  /// What the update writes into: where the old value lies, or a copy of it in the layout that it needs.
  Placement place_update(const Node& node, const NodePlace& place);
  Placement spread_from_memory(ir::ValueId value, const Placement& from);
  Placement reshard(ir::ValueId value, const Placement& from, const std::vector<Box>& need);
  void load_from_memory(const Placement& from, Placement& to, const std::vector<Box>& need);
  void push_between_tiles(const Placement& from, Placement& to, const std::vector<Box>& need);
  // Streaming (entry_planner_stream.cpp).
  bool is_constant(ir::ValueId value) const;
  bool streams(const ir::Type& type, const std::vector<Box>& need) const;
  int64_t chunk_limit() const { return context_.chunk_limit(); }
  bool streams_input(ir::ValueId value, const std::vector<Box>& need) const;
  std::vector<std::vector<Chunk>> cut(const Node& node, const std::vector<Layout>& points, bool stored) const;
  Placement stream_constant(const PackedConstant& pattern);
  Placement stream_input(ir::ValueId value, const std::vector<Box>& need);
  std::vector<arch::Descriptor> loads(const Placement& from, const Placement& to, const Box& need) const;
  void schedule_streams();

  Placement new_placement(const std::string& what, DType dtype, size_t rank, std::vector<Box> boxes);

  // Commands.
  void command(size_t tile, arch::CommandKind kind, uint32_t index, const std::vector<std::pair<int64_t, Fixup>>& args);
  void start_dma(size_t tile, bool out, arch::Descriptor descriptor, TileDraft::DescriptorFixup fixup);
  void wait(size_t tile, EventId event, int64_t amount);
  void wait_loads(size_t tile, int64_t amount);
  void drain_sends(size_t tile);
  /// Before an update in place: every tile that will write `buffer` waits until its sends from there have left.
  void drain_before_write(BufferId buffer, const std::vector<Layout>& points);
  void finish_moment();
  void record(MoveKind kind, int64_t bytes) { draft_.moves.push_back({0, kind, static_cast<uint64_t>(bytes)}); }
  void record(MoveKind kind, DType dtype, const std::vector<Box>& boxes);

  ProgramContext& context_;
  const ir::Func& func_;
  ir::FuncId func_id_;
  EntryDraft draft_;
  Clocks clocks_;
  std::unordered_map<ir::ValueId, std::vector<Placement>> placements_;
  std::vector<int64_t> sends_;                        ///< per tile: sends whose source may still be read
  std::vector<std::vector<BufferId>> send_sources_;   ///< per tile
  std::vector<uint32_t> next_engine_;                 ///< per tile
  std::vector<int64_t> stores_;                       ///< per tile: stores that memory may not have accepted yet
  std::unordered_set<ir::ValueId> read_, returned_;   ///< by nodes of the function; by the function
  std::unordered_map<ir::ValueId, uint64_t> stored_;  ///< results that went to device memory chunk by chunk
  Placement partial_;                                 ///< of the reduction whose parts are running
  struct Stream {
    BufferId buffer;
    EventId event;
    uint64_t bytes = 0;  ///< of the buffer
    ir::OpId op;
    int64_t used = 0;                                  ///< the moment that waits for it
    std::vector<std::vector<arch::Descriptor>> loads;  ///< per tile; destinations within the buffer
  };
  void start_stream(const Stream& stream, std::vector<std::vector<arch::Command>>& commands);
  std::vector<Stream> streams_;             ///< in order of use
  std::vector<std::vector<size_t>> marks_;  ///< per finished moment, per tile: commands so far
  ir::OpId current_op_;
  int64_t first_moment_ = 0;
};

}  // namespace psmc::midend
