# SPDX-License-Identifier: Apache-2.0
"""psmc debug and psmc sim --diff: the sessions of docs/debugger.md print what stands there, errors say where they are.

debug_test.py [--update]: with it the output in the page is written anew."""

import pathlib
import re
import sys
import tempfile

from command import SOURCE, psmc, refused, require

PAGE = SOURCE / "docs/debugger.md"
PROMPT = "(psmc) "
EXCHANGE = "docs/examples/see/exchange.psma"


def output(command, text, status=0):
    out, _ = psmc(*command.split()[1:], cwd=SOURCE, stdin=text.encode(), status=status)
    return out.decode()


def session(block):
    """A block of the page with the output of its commands as it is now."""
    command, *lines = block.splitlines()
    command = command.removeprefix("$ ")
    script = "".join(line.removeprefix(PROMPT) + "\n" for line in lines if line.startswith(PROMPT))
    return f"$ {command}\n" + output(command, script, status=1 if "--diff" in command else 0)


def page(update):
    text = PAGE.read_text()
    blocks = re.findall(r"^```\n(\$ psmc .*?)^```$", text, re.DOTALL | re.MULTILINE)
    require(len(blocks) == 2, f"the page has {len(blocks)} sessions")
    for block in blocks:
        now = session(block)
        if update:
            text = text.replace(block, now)
        else:
            require(now == block, f"docs/debugger.md is not what psmc prints:\n{now}")
    if update:
        PAGE.write_text(text)


def debug(script, program=EXCHANGE, status=0, *more):
    return output(" ".join(["psmc debug", str(program), *more]), script, status)


def commands():
    """Each command has the effect that it names, whatever the way there."""
    shown = debug("b cycle 60\nc\nwhere\n")
    require("breakpoint 1: cycle 60\nbefore cycle 60\n" in shown, shown)
    require(debug("s 30\ns 29\ns\nstats\n").split("(psmc) ")[-1] == debug("step 60\nstats\n").split("(psmc) ")[-1],
            "60 cycles are not 60 cycles")
    require("breakpoint 1: tile 1 issues word 14 in cycle 97" in debug("b tile 1 14\nc\n"), "break at a word")
    require("before cycle 97\n" in debug("next 1\n"), "next: the wait of tile 1 issues in cycle 96")
    require("the transfer of tile 1 word 23 has written there" in debug("b address mem 0x23f\nc\n"), "break in memory")
    require("breakpoint" not in debug("b address mem 0x240\nc\n").split("\n", 2)[2], "a break beside what is written")
    require("the core of tile 0 writes there" in debug("b address 0 0x43f\nc\nc\n"), "break at a store")
    require("the launch is over after 144 cycles" in debug("c\n"), "the end")
    again = debug("b op push\nc\nrestart\nc\n")
    require(again.count("comes to op push at word 11 in cycle 69") == 2, again)
    require("no breakpoints" in debug("b cycle 3\nb cycle 4\nd 1\nd 2\ni breaks\n"), "delete")
    require("0x200: 4 f32 = 1, 3, 5, 7" in debug("c\nx mem 0x200 4\n"), "device memory")
    require("s3 = 128 = 0x80" in debug("p 0 s3\n") and "s3 = 128" in debug("r 0\n"), "scalars")
    require("0x0: 8 i32 = 0, 1065353216" in debug("s 70\np 0 v1 i32\n"), "a vector as integers")
    require("hazard" in debug("c\nw\n", "docs/examples/see/hasty.psma"), "a trap is told, and can be looked at")
    require(debug("help\n").count("\n") == 18, "help lists all commands")
    require(debug("quit\nnonsense\n").count("psmc") == 1, "nothing is read after quit")
    require(debug("# only a comment\n\n") == "(psmc) # only a comment\n(psmc) \n", "comments and empty lines")


def errors(folder):
    for line, column, words in (("frobnicate", 1, "no command"), ("stpe 3", 1, "did you mean `step`"),
                                ("step x", 6, "is a number"), ("step 1 2", 8, "more than"), ("regs 9", 6, "below 4"),
                                ("regs", 5, "is missing"), ("print 0 v32", 9, "no register"), ("print 0 q1", 9, "no register"),
                                ("print 0 v1 f31", 12, "no element type"), ("x 0 0x100000", 5, "must be below"),
                                ("x 0 0x3fffc 8", 5, "leave the memory"), ("x 0 0 99999999", 7, "must be below"),
                                ("break", 6, "not said where"), ("break op fech", 10, "did you mean `fetch`"),
                                ("break address 0 9..3", 17, "range"), ("break tile 0 99999", 14, "must be below"),
                                ("delete 7", 8, "no breakpoint"), ("info", 5, "not said"), ("next 0\nnext 0\nc\nc", 1, "is over")):
        for way in ("pipe", "file"):
            script = folder / "script.txt"
            script.write_text(line + "\nwhere\n")
            more = ["--script", script] if way == "file" else []
            err = refused("debug", EXCHANGE, *more, cwd=SOURCE, stdin=b"" if more else script.read_bytes())
            place = f"{script if more else 'standard input'}:{line.count(chr(10)) + 1}:{column}: "
            require(place in err and words in err, f"{line!r} should say {words!r} at {place}:\n{err}")
    refused("debug", EXCHANGE, "--script", folder / "none", cwd=SOURCE)
    refused("debug", EXCHANGE, "--entry", "none", cwd=SOURCE, status=2)
    refused("debug", EXCHANGE, "--input", "x=1", cwd=SOURCE, status=2)
    refused("debug", folder / "none.psmx")


def diff(folder):
    same = output(f"psmc sim --diff {EXCHANGE} {EXCHANGE}", "")
    require(same == "the runs are alike: 144 cycles, 26 words\n", same)
    text = (SOURCE / EXCHANGE).read_text()
    for name, old, new, expected in (
            ("later", "halt\n.line 3", "nop\n        halt\n.line 3", "differ first in cycle 70, on tile 0 (0,0)"),
            ("value", "vli v3,1.0", "vli v3,2.0", "differ first in cycle 98, on tile 1 (1,0)"),
            ("slower", '.machine "lab4"', '.machine "psm1"', "differ first in cycle"),
            ("fewer", ".start 1 next s1=0 s2=0x400\n", "", "differ first in cycle 96, on tile 1 (1,0); 1 of 4 tiles")):
        require(old in text, f"{name}: {old}")
        other = folder / f"{name}.psma"
        other.write_text(text.replace(old, new))
        for pair in ((EXCHANGE, other), (other, EXCHANGE)):
            shown = output(f"psmc sim --diff {pair[0]} {pair[1]}", "", status=1)
            require(expected in shown, f"{name}:\n{shown}")
    refused("sim", EXCHANGE, "--diff", folder / "none.psmx", cwd=SOURCE)
    refused("sim", EXCHANGE, "--diff", EXCHANGE, "--diff-entry", "none", cwd=SOURCE, status=2)
    refused("sim", EXCHANGE, "--diff", EXCHANGE, "--trace", folder / "t.txt", cwd=SOURCE, status=2)


def main():
    page("--update" in sys.argv[1:])
    commands()
    with tempfile.TemporaryDirectory() as name:
        errors(pathlib.Path(name))
        diff(pathlib.Path(name))
    print("debug: the sessions of the page, commands, errors and run differences")


if __name__ == "__main__":
    main()
