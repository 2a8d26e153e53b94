# SPDX-License-Identifier: Apache-2.0
"""psmc sim --trace: each format, read by a reader of its own, tells of the cycles that --stats counts."""

import json
import pathlib
import re
import tempfile
from collections import Counter, defaultdict

from command import SOURCE, psmc, refused, require

PROGRAMS = SOURCE / "tests/sim/programs"
CLASSES = ["matrix", "vector/scalar", "exposed latency", "bank conflict", "memory", "network", "peer", "start-up", "finished"]


def fields(data):
    """The (number, value) pairs of a protobuf message; a value is a number or bytes."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(data):
        key = varint()
        if key & 7 == 0:
            yield key >> 3, varint()
        else:
            require(key & 7 == 2, f"wire type {key & 7}")
            size = varint()
            require(at + size <= len(data), "a field leaves its message")
            yield key >> 3, data[at:at + size]
            at += size


def group(data):
    """A message as lists by field number."""
    message = defaultdict(list)
    for number, value in fields(data):
        message[number].append(value)
    return message


class Perfetto:
    """Tracks and slices of a .pftrace; field numbers are those of Perfetto's protos."""

    def __init__(self, data):
        self.names = {}      # by uuid
        self.parents = {}    # by uuid
        self.slices = []     # (track, depth, name, first, end, args of begin, args of end)
        interned = {2: {}, 3: {}, 29: {}}
        stacks = defaultdict(list)
        for index, (number, packet) in enumerate(fields(data)):
            require(number == 1, "a trace holds packets only")
            packet = group(packet)
            require(packet[10] == [1], "the packet is of no sequence")
            require(packet[13] == [3 if index == 0 else 2], "the state is cleared first, then needed")
            for data12 in packet[12]:
                for kind, entry in fields(data12):
                    entry = group(entry)
                    require(entry[1][0] not in interned[kind], "an id is interned twice")
                    interned[kind][entry[1][0]] = entry[2][0].decode()
            for track in packet[60]:
                track = group(track)
                uuid = track[1][0]
                require(uuid not in self.names, "a track is described twice")
                self.parents[uuid] = track[5][0] if track[5] else None
                self.names[uuid] = (track[2] or [group(track[3][0])[6][0]])[0].decode()
            for event in packet[11]:
                event = group(event)
                uuid, cycle = event[11][0], packet[8][0]
                require(uuid in self.names, "an event is on a track that is not described")
                args = {}
                for annotation in map(group, event[4]):
                    value = annotation[3][0] if annotation[3] else interned[29][annotation[17][0]]
                    args[interned[3][annotation[1][0]]] = value
                if event[9] == [1]:
                    stacks[uuid].append((interned[2][event[10][0]], cycle, args))
                else:
                    require(event[9] == [2], "neither begin nor end")
                    name, first, begin = stacks[uuid].pop()
                    self.slices.append((uuid, len(stacks[uuid]), name, first, cycle, begin, args))
        require(not any(stacks.values()), "a slice does not end")


class Chrome:
    """The same of a .json, by (pid, tid)."""

    def __init__(self, text):
        self.names, self.slices = {}, []
        stacks, last = defaultdict(list), defaultdict(int)
        cycles = lambda microseconds: round(microseconds * 1000)
        for event in json.loads(text)["traceEvents"]:
            track = (event["pid"], event["tid"])
            if event["ph"] == "M":
                if event["name"] in ("thread_name", "process_name"):
                    self.names[track] = event["args"]["name"]
                continue
            first, args = cycles(event["ts"]), event.get("args", {})
            require(first >= last[track], f"{event} comes too late")
            last[track] = first
            if event["ph"] == "B":
                stacks[track].append((event["name"], first, args))
            elif event["ph"] == "E":
                name, begin, begin_args = stacks[track].pop()
                require(name == event["name"], "slices cross")
                self.slices.append((track, len(stacks[track]), name, begin, first, begin_args, args))
            else:
                require(event["ph"] == "X", f"an event {event['ph']}")
                self.slices.append((track, len(stacks[track]), event["name"], first, first + cycles(event["dur"]), args, args))
        require(not any(stacks.values()), "a slice does not end")


def check_slices(trace, core, stats, tiles, name):
    """Classes of the tiles' tracks against the counters; no overlap anywhere."""
    ends = defaultdict(int)
    for track, depth, _, first, end, *_ in sorted(trace.slices, key=lambda s: (s[1], s[3])):
        require(first >= ends[track, depth] and end > first, f"{name}: slices of track {track} overlap")
        ends[track, depth] = end
    for tile in tiles:
        classes, by_op = Counter(), Counter()
        for track, depth, what, first, end, _, args in trace.slices:
            if track == core[tile] and depth == 1:
                classes[what] += end - first
            elif track == core[tile]:
                by_op.update({key: value for key, value in args.items() if key in CLASSES})
        expected = Counter({c: n for c, n in zip(CLASSES[:-1], stats["tiles"][tile]) if n})
        require(classes == expected, f"{name}: tile {tile} has {classes}, counted are {expected}")
        require(by_op == expected, f"{name}: the ops of tile {tile} have {by_op}")


def read_kanata(text, name):
    """The words of a Kanata log: (thread, first cycle, last cycle, stages of lane 0 with their cycles, text)."""
    lines = text.split("\n")
    require(lines[0] == "Kanata\t0004" and lines[1].startswith("C=\t") and lines[-1] == "", f"{name}: header")
    cycle, live, done, next_id = 0, {}, [], 0
    for line in lines[1:-1]:
        command, *columns = line.split("\t")
        if command == "C=":
            cycle = int(columns[0])
        elif command == "C":
            require(int(columns[0]) > 0, "time stands still")
            cycle += int(columns[0])
        elif command == "I":
            require(int(columns[0]) == next_id, "ids are not in order")
            next_id += 1
            live[columns[0]] = {"thread": int(columns[2]), "first": cycle, "open": {}, "stages": [], "text": ""}
        elif command == "L":
            live[columns[0]]["text"] += columns[2] if columns[1] == "0" else ""
        elif command == "S":
            require(columns[1] not in live[columns[0]]["open"], f"{name}: two stages on a lane")
            live[columns[0]]["open"][columns[1]] = (columns[2], cycle)
        elif command == "E":
            stage, first = live[columns[0]]["open"].pop(columns[1])
            require(stage == columns[2] and cycle > first, f"{name}: {line} ends {stage} of {first} at {cycle}")
            live[columns[0]]["stages"].append((columns[1], stage, first, cycle))
        else:
            require(command == "R", f"{name}: {line}")
            word = live.pop(columns[0])
            require(not word["open"] and columns[2] == "0", f"{name}: a word retires in a stage")
            done.append(word)
    require(not live, f"{name}: {len(live)} words do not retire")
    return done


def check_kanata(words, stats, tiles, name):
    require(len(words) == stats["words"], f"{name}: {len(words)} words of {stats['words']}")
    for tile in tiles:
        stages = Counter()
        for word in words:
            if word["thread"] == tile:
                stages.update({s: end - first for lane, s, first, end in word["stages"] if lane == "0" and s != "Is"})
                require(sum(s == "Is" for _, s, *_ in word["stages"]) == 1, f"{name}: a word does not issue once")
        memory, network, peer, startup, frozen = (stats["tiles"][tile][CLASSES.index(c)]
                                                  for c in ("memory", "network", "peer", "start-up", "bank conflict"))
        expected = Counter({s: n for s, n in (("Wm", memory), ("Wn", network), ("Wp", peer), ("Ws", startup),
                                              ("Bc", frozen)) if n})
        require(stages == expected, f"{name}: stages of tile {tile} are {stages}, counted are {expected}")


def check_lines(text, stats, tiles, name):
    header, *lines = text.splitlines()
    require(header.startswith("; cycle"), f"{name}: header")
    columns = [m.start() for m in re.finditer("tile", header)]
    require(len(columns) == len(tiles), f"{name}: a column a tile")
    at, counted = 0, [Counter() for _ in tiles]
    for line in lines:
        first, *last = map(int, line[:16].split("-"))
        require(first == at, f"{name}: cycle {at} has no line")
        at = (last or [first])[0] + 1
        for i, column in enumerate(columns):
            cell = line[column:column + 40].strip() or "-"
            kind = "finished" if cell == "-" else "bank conflict" if "!" in cell else "issued"
            stall = re.match(r"\d+ ~([a-z-]+) ", cell)
            counted[i][stall.group(1) if stall else kind] += at - first
    require(at == stats["cycles"], f"{name}: {at} cycles of {stats['cycles']}")
    for i, tile in enumerate(tiles):
        for c in ("bank conflict", "memory", "network", "peer", "start-up", "finished"):
            require(counted[i][c] == stats["tiles"][tile][CLASSES.index(c)], f"{name}: {c} of tile {tile}")


def programs(folder):
    for path in sorted(PROGRAMS.glob("*.psma")):
        text = path.read_text()
        tiles = [int(t) for t in re.findall(r"^\.start (\d+)", text, re.M)]
        plain = json.loads(psmc("sim", path, "--stats", "-")[0])
        for extension in ("pftrace", "json", "kanata", "txt"):
            file = folder / f"t.{extension}"
            stats = json.loads(psmc("sim", path, "--stats", "-", "--trace", file)[0])
            require(stats == plain, f"{path.name}: --trace changes the counters")
            first = file.read_bytes()
            psmc("sim", path, "--trace", file)
            require(file.read_bytes() == first, f"{path.name}: two traces differ")
            name = f"{path.name} as {extension}"
            if extension == "pftrace":
                trace = Perfetto(first)
                core = {t: uuid for uuid, n in trace.names.items() for t in tiles if n.startswith(f"tile {t} (")}
                check_slices(trace, core, stats, tiles, name)
                perfetto = sorted((trace.names[s[0]], *s[1:5]) for s in trace.slices)
            elif extension == "json":
                trace = Chrome(first)
                core = {t: track for track, n in trace.names.items() for t in tiles if n.startswith(f"tile {t} (")}
                check_slices(trace, core, stats, tiles, name)
                require(sorted((trace.names[s[0]], *s[1:5]) for s in trace.slices) == perfetto, f"{name} is not the same as pftrace")
            elif extension == "kanata":
                check_kanata(read_kanata(first.decode(), name), stats, tiles, name)
            else:
                check_lines(first.decode(), stats, tiles, name)
    require({p.name for p in folder.iterdir()} == {f"t.{e}" for e in ("pftrace", "json", "kanata", "txt")}, "something is left behind")


def page(folder):
    """The trace in docs/traces.md is what psmc writes now."""
    psmc("sim", SOURCE / "docs/examples/see/exchange.psma", "--trace", folder / "exchange.txt")
    block = f"```\n{(folder / 'exchange.txt').read_text()}```\n"
    require(block in (SOURCE / "docs/traces.md").read_text(), f"docs/traces.md should hold\n{block}")


def parts(folder):
    path, file = PROGRAMS / "ping_pong.psma", folder / "part.pftrace"
    psmc("sim", path, "--trace", file, "--trace-tiles", "1", "--trace-from", "50", "--trace-to", "90")
    trace = Perfetto(file.read_bytes())
    tracks = {trace.names[s[0]] for s in trace.slices}
    require(tracks == {"tile 1 (1,0)"}, f"--trace-tiles 1 shows {tracks}")
    require(sum(s[4] - s[3] for s in trace.slices if s[1] == 1) == 40, "--trace-from and --trace-to cut elsewhere")
    require(min(s[3] for s in trace.slices) == 50 and max(s[4] for s in trace.slices) == 90, "the part is another one")
    path = PROGRAMS / "read_stream.psma"
    psmc("sim", path, "--trace", file, "--trace-from", "100", "--trace-to", "200")
    slices = [s for s in Perfetto(file.read_bytes()).slices if s[2] == "memory to scratchpad"]
    require(slices and all(s[3] == 100 and s[4] == 200 and s[6] == {"unfinished": "yes"} for s in slices),
            f"transfers that go through the part are {slices}")


def trapped(folder):
    """A run that traps leaves its trace; one that cannot begin leaves nothing."""
    file = folder / "trap.txt"
    refused("sim", PROGRAMS / "ping_pong.psma", "--trace", file, "--max-cycles", "20", status=4)
    require(file.read_text().splitlines()[-1].startswith(("19 ", "1")), "the trace of a trap does not reach it")
    program = PROGRAMS / "push.psma"
    for arguments, status in ((["--trace", folder / "t.vcd"], 2), (["--trace", folder / "x"], 2),
                              (["--trace", folder / "no/t.txt"], 1), (["--trace-tiles", "1"], 2),
                              (["--trace", folder / "n.txt", "--trace-tiles", "7"], 2),
                              (["--trace", folder / "n.txt", "--trace-tiles", "1-"], 2),
                              (["--trace", folder / "n.txt", "--trace-from", "9", "--trace-to", "9"], 2),
                              (["--trace", folder / "n.txt", "--trace-from", "-1"], 2),
                              (["--trace", folder / "n.txt", "--entry", "none"], 2)):
        refused("sim", program, *arguments, status=status)
    full = folder / "full.txt"
    full.symlink_to("/dev/full")
    refused("sim", program, "--trace", full, status=1)
    require(not (folder / "n.txt").exists() and not (folder / "t.vcd").exists(), "a refused trace left a file")


def main():
    with tempfile.TemporaryDirectory() as name:
        programs(pathlib.Path(name))
    with tempfile.TemporaryDirectory() as name:
        page(pathlib.Path(name))
        parts(pathlib.Path(name))
        trapped(pathlib.Path(name))
    print("trace: four formats tell of the cycles that are counted")


if __name__ == "__main__":
    main()
