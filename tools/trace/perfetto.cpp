// SPDX-License-Identifier: Apache-2.0
// Perfetto's format (.pftrace): a message Trace of TracePackets in protobuf's wire format, written by hand. The numbers
// are those of the fields in Perfetto's protos (protos/perfetto/trace/): they are part of the format and never change.
// A cycle is a nanosecond. Names are interned: each is written once, in the packet that first uses it.
#include <array>
#include <unordered_map>

#include "tools/trace/slices.h"

namespace psmc::tools::trace {
namespace {

namespace field {
constexpr uint32_t kPacket = 1;                                         // trace.proto, Trace
constexpr uint32_t kTimestamp = 8, kSequence = 10, kTrackEvent = 11;    // trace_packet.proto, TracePacket
constexpr uint32_t kInterned = 12, kSequenceFlags = 13, kTrack = 60;    //
constexpr uint32_t kUuid = 1, kTrackName = 2, kProcess = 3;             // track_event/track_descriptor.proto
constexpr uint32_t kParent = 5, kChildOrdering = 11, kRank = 12;        //
constexpr uint32_t kPid = 1, kProcessName = 6;                          // track_event/process_descriptor.proto
constexpr uint32_t kAnnotation = 4, kType = 9, kNameIid = 10;           // track_event/track_event.proto, TrackEvent
constexpr uint32_t kTrackUuid = 11;                                     //
constexpr uint32_t kAnnotationName = 1, kUint = 3, kTextIid = 17;       // track_event/debug_annotation.proto
constexpr uint32_t kEventNames = 2, kAnnotationNames = 3, kTexts = 29;  // interned_data/interned_data.proto
constexpr uint32_t kIid = 1, kText = 2;                                 // its entries
}  // namespace field

constexpr uint64_t kStateCleared = 1, kNeedsState = 2;  // TracePacket.SequenceFlags
constexpr uint64_t kSliceBegin = 1, kSliceEnd = 2;      // TrackEvent.Type
constexpr uint64_t kExplicitOrder = 3;                  // TrackDescriptor.ChildTracksOrdering
constexpr uint64_t kSequenceId = 1;
constexpr uint64_t kGroups = 2;  // the uuids of groups come before those of tracks

void put_varint(std::string& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

void put(std::string& out, uint32_t number, uint64_t value) {
  put_varint(out, number << 3);
  put_varint(out, value);
}

void put(std::string& out, uint32_t number, std::string_view bytes) {
  put_varint(out, number << 3 | 2);
  put_varint(out, bytes.size());
  out += bytes;
}

class PerfettoWriter final : public SliceWriter {
 public:
  PerfettoWriter(Output& out, const Scope& scope) : out_(out) {
    const std::string& entry = scope.image.entries[scope.entry].name;
    group(Group::cores, entry + ": cores");
    group(Group::dma, entry + ": DMA");
  }

  void track(uint32_t track, Group group, std::string_view name) override {
    begin_packet();
    message_.clear();
    put(message_, field::kUuid, kGroups + track);
    put(message_, field::kTrackName, name);
    put(message_, field::kParent, static_cast<uint64_t>(group));
    put(message_, field::kRank, track);
    put(packet_, field::kTrack, message_);
    end_packet();
  }

  void begin(uint32_t track, Cycle cycle, std::string_view name, std::span<const Arg> args) override {
    begin_event(cycle, kSliceBegin, track);
    put(message_, field::kNameIid, intern(names_, field::kEventNames, name));
    end_event(args);
  }

  void end(uint32_t track, Cycle cycle, std::string_view, std::span<const Arg> args) override {
    begin_event(cycle, kSliceEnd, track);
    end_event(args);
  }

  void finish() override {}

 private:
  using Ids = std::unordered_map<std::string, uint64_t>;  // looked up, never iterated

  void group(Group group, const std::string& name) {
    begin_packet();
    std::string process;
    put(process, field::kPid, static_cast<uint64_t>(group));
    put(process, field::kProcessName, name);
    message_.clear();
    put(message_, field::kUuid, static_cast<uint64_t>(group));
    put(message_, field::kProcess, process);
    put(message_, field::kChildOrdering, kExplicitOrder);
    put(packet_, field::kTrack, message_);
    end_packet();
  }

  void begin_packet() {
    packet_.clear();
    put(packet_, field::kSequence, kSequenceId);
    put(packet_, field::kSequenceFlags, first_ ? kStateCleared | kNeedsState : kNeedsState);
    first_ = false;
  }

  void end_packet() {
    put(out_.buffer(), field::kPacket, packet_);
    out_.written();
  }

  void begin_event(Cycle cycle, uint64_t type, uint32_t track) {
    begin_packet();
    put(packet_, field::kTimestamp, cycle);
    interned_.clear();
    message_.clear();
    put(message_, field::kType, type);
    put(message_, field::kTrackUuid, kGroups + track);
  }

  void end_event(std::span<const Arg> args) {
    for (const Arg& arg : args) {
      annotation_.clear();
      put(annotation_, field::kAnnotationName, intern(keys_, field::kAnnotationNames, arg.key));
      if (arg.text.empty())
        put(annotation_, field::kUint, arg.number);
      else
        put(annotation_, field::kTextIid, intern(texts_, field::kTexts, arg.text));
      put(message_, field::kAnnotation, annotation_);
    }
    if (!interned_.empty()) put(packet_, field::kInterned, interned_);
    put(packet_, field::kTrackEvent, message_);
    end_packet();
  }

  /// The id of a name; a new one is put into the packet's interned data.
  uint64_t intern(Ids& ids, uint32_t where, std::string_view text) {
    const auto [at, is_new] = ids.try_emplace(std::string(text), ids.size() + 1);
    if (is_new) {
      std::string entry;
      put(entry, field::kIid, at->second);
      put(entry, field::kText, text);
      put(interned_, where, entry);
    }
    return at->second;
  }

  Output& out_;
  bool first_ = true;
  std::string packet_, message_, annotation_, interned_;  // reused
  Ids names_, keys_, texts_;
};

}  // namespace

std::unique_ptr<SliceWriter> make_perfetto_writer(Output& out, const Scope& scope) {
  return std::make_unique<PerfettoWriter>(out, scope);
}

}  // namespace psmc::tools::trace
