// SPDX-License-Identifier: Apache-2.0
// Races that must be found, and orders that must be accepted.
#include "sim/race/detector.h"
#include "tests/sim/simulation.h"

namespace psmc::sim {
namespace {

using test::one_tile;
using test::Simulation;

const std::string kIn =
    ".zero 0x0 0x100\n.data 0x100\ndma memory_to_scratchpad run=64 source=0x100 destination=0x400 local=1,1\n";

/// Tile 0 runs `code`; device memory is written; s1 = the descriptor, s3 = its destination.
std::optional<Trap> read_race(const std::string& code) {
  Simulation s(one_tile(code, kIn, "s1=0x100 s3=0x400"));
  s.put_memory<float>(0x100, std::vector<float>(16));
  return (void)s.chip->launch(0), s.chip->trap();
}

SCENARIO("between dma.start and the wait the destination is the transfer's") {
  const auto write = read_race("dma.start in0,s1\nst.v.f32 [s3],v1\nwait #1,1\nhalt");
  REQUIRE(write.has_value());
  CHECK(write->kind == TrapKind::race);
  CHECK(write->pc == 0);
  CHECK(write->message ==
        "scratchpad of tile 0, bytes 0x400..0x43f: written by the transfer that word 0 of tile 0 started on in0, not "
        "ordered "
        "with being written by the code of tile 0");
  CHECK(!read_race("st.v.f32 [s3],v1\ndma.start in0,s1\nwait #1,1\nhalt"));
  CHECK(!read_race("dma.start in0,s1\nwait #1,1\nst.v.f32 [s3],v1\nhalt"));
  CHECK(!read_race("dma.start in0,s1\nst.v.f32 [s3+64],v1\nwait #1,1\nhalt"));
  // Reading what was there before, too late and without a wait.
  CHECK(read_race("st.v.f32 [s3],v1\ndma.start in0,s1\nld.v.f32 v2,[s3]\nwait #1,1\nhalt").has_value());
}

SCENARIO("reading the destination after it has arrived, but without waiting, is a race") {
  std::string late = "dma.start in0,s1\nloop s2,end\nnop\nend: ld.v.f32 v1,[s3]\nwait #1,1\nhalt";
  Simulation s(one_tile(late, kIn, "s1=0x100 s2=500 s3=0x400"));
  s.put_memory<float>(0x100, std::vector<float>(16));
  const Trap t = s.trap();
  CHECK(t.kind == TrapKind::race);
  CHECK(t.instruction == "ld.v.f32 v1,[s3]");
}

SCENARIO("the source may be read but not written until the transfer has read it") {
  const std::string data =
      ".zero 0x0 0x40\n.data 0x100\ndma to_memory run=64 source=0 destination=0x100 local=1,1 remote=2,1\n";
  const auto out = [&](const std::string& code) {
    Simulation s(one_tile(code, data, "s1=0x100"));
    return (void)s.chip->launch(0), s.chip->trap();
  };
  CHECK(!out("dma.start out0,s1\nld.v.f32 v1,[s0]\nwait #1,1\nwait #2,1\nhalt"));
  CHECK(out("dma.start out0,s1\nst.v.f32 [s0],v1\nwait #1,1\nwait #2,1\nhalt").has_value());
  CHECK(!out("dma.start out0,s1\nwait #1,1\nst.v.f32 [s0],v1\nwait #2,1\nhalt"));
}

SCENARIO("reading memory that was written needs the write-accepted post") {
  const std::string data =
      ".zero 0x0 0x40\n.data 0x100\ndma to_memory run=64 source=0 destination=0x100 local=1,1 remote=2,1\n"
      "dma memory_to_scratchpad run=64 source=0x100 destination=0x400 local=3,1\n";
  const auto both = [&](const std::string& wait) {
    Simulation s(
        one_tile("dma.start out0,s1\n" + wait + "dma.start in0,s2\nwait #3,1\nhalt", data, "s1=0x100 s2=0x180"));
    return (void)s.chip->launch(0), s.chip->trap();
  };
  CHECK(!both("wait #2,1\n"));
  const auto early = both("wait #1,1\n");  // the source has been read: not enough
  REQUIRE(early.has_value());
  CHECK(early->kind == TrapKind::race);
  CHECK(early->message.find("device memory 0x100..0x13f") == 0);
}

/// Tile 0 sends 64 bytes to tile 1 at 0x400 and then runs `sender`; tile 1 runs `receiver`.
std::optional<Trap> send(const std::string& sender, const std::string& receiver, Options options = {}) {
  Simulation s(
      ".machine \"lab4\"\n.code \"a\"\ndma.start out0,s1\n" + sender + "halt\n.end\n.code \"b\"\n" + receiver +
          "halt\n.end\n.tile 0 \"a\"\n.zero 0x0 0x40\n.data 0x100\n"
          "dma to_tiles run=64 source=0 destination=0x400 tiles=1,0,1,0 local=1,1 remote=2,1\n.end\n"
          ".tile 1 \"b\"\n.zero 0x400 0x80\n.end\n.entry \"go\"\n.start 0 0 s1=0x100 s2=1\n.start 1 0 s3=0x400\n.end\n",
      std::move(options));
  return (void)s.chip->launch(0), s.chip->trap();
}

SCENARIO("a push into another tile is ordered by the remote semaphore only") {
  CHECK(!send("", "wait #2,1\nld.v.f32 v1,[s3]\n"));
  CHECK(send("", "ld.v.f32 v1,[s3]\nwait #2,1\n").has_value());
  CHECK(!send("", "ld.v.f32 v1,[s3+64]\nwait #2,1\n"));
  // "Source read", passed on by a post, does not mean "arrived".
  CHECK(send("wait #1,1\npost s2,#5,1\n", "wait #5,1\nld.v.f32 v1,[s3]\n").has_value());
  CHECK(!send("wait #1,1\npost s2,#5,1\n", "wait #5,1\nwait #2,1\nld.v.f32 v1,[s3]\n"));
}

SCENARIO("detection can be switched off") {
  Options options;
  options.races = false;
  CHECK(!send("", "ld.v.f32 v1,[s3]\nwait #2,1\n", options));
}

SCENARIO("two tiles that write different halves of a line do not race; the same bytes they do") {
  const auto both = [](const std::string& destination) {
    Simulation s(
        ".machine \"lab4\"\n.code \"a\"\ndma.start out0,s1\nhalt\nwait #2,2\nld.v.f32 v1,[s3]\nhalt\n.end\n"
        ".tile 0 \"a\"\n.zero 0x0 0x40\n.data 0x100\ndma to_tiles run=32 source=0 destination=0x400 tiles=1,1,1,1 "
        "remote=2,1\n.end\n"
        ".tile 1 \"a\"\n.zero 0x0 0x40\n.data 0x100\ndma to_tiles run=32 source=0 destination=" +
        destination +
        " tiles=1,1,1,1 remote=2,1\n.end\n.tile 3 \"a\"\n.zero 0x400 0x80\n.end\n"
        ".entry \"go\"\n.start 0 0 s1=0x100\n.start 1 0 s1=0x100\n.start 3 2 s3=0x400\n.end\n");
    return (void)s.chip->launch(0), s.chip->trap();
  };
  CHECK(!both("0x420"));
  CHECK(both("0x410").has_value());
}

SCENARIO("the host is a barrier: a launch is ordered after the one before") {
  Simulation s(one_tile("dma.start in0,s1\nwait #1,1\nld.v.f32 v1,[s3]\nnop\nnop\nnop\nst.v.f32 [s3],v1\nhalt", kIn,
                        "s1=0x100 s3=0x400"));
  s.put_memory<float>(0x100, std::vector<float>(16));
  for (int i = 0; i < 5; ++i) s.run();
}

SCENARIO("epochs: an access is ordered exactly if a chain of posts and waits leads to it") {
  RaceDetector d({2, 8, 2, 2, 4096});
  d.core_write(0, 1, 0xff);
  d.post(1, 3, 1, d.release_core(0));
  d.core_write(0, 2, 0xff);  // after the release
  d.wait(1, 3, 1);
  d.core_read(1, 1, 0xff);
  CHECK(!d.found());
  d.core_read(1, 2, 0xff00);
  CHECK(!d.found());
  d.core_read(1, 2, 0x1);
  CHECK(!d.found());  // a scratchpad is its own tile's: lines of tile 0 and tile 1 are different places
  d.start_transfer(0, 0, 0, true, 0);
  d.write_scratchpad(0, 1, 64, 8);
  REQUIRE(d.found());  // tile 1 has read these bytes and has not told tile 0
  CHECK(d.found()->tile == 0);
}

SCENARIO("first in, first out: a wait learns only from the posts that it consumes") {
  RaceDetector d({3, 8, 2, 2, 4096});
  d.start_transfer(0, 0, 0, true, 0);
  d.write_scratchpad(0, 2, 0, 64);
  d.start_transfer(1, 1, 0, true, 0);
  d.write_scratchpad(1, 2, 64, 64);
  d.post(2, 0, 1, d.release_transfer(0, true));
  d.post(2, 0, 1, d.release_transfer(1, true));
  d.wait(2, 0, 1);
  d.core_read(2, 0, 1);
  CHECK(!d.found());
  d.core_read(2, 1, 1);
  CHECK(d.found());
}

}  // namespace
}  // namespace psmc::sim
