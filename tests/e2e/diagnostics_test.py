# SPDX-License-Identifier: Apache-2.0
"""Errors and warnings as text, JSON and SARIF; several a run; colours; files (docs/diagnostics.md)."""

import json
import os
import pathlib
import pty
import subprocess
import tempfile

import sarif_schema

from command import PSMC, SOURCE, psmc, refused, require

WRONG = """func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  %a = ngg %x
  %b = add %x, %c
  %c = exp %a
  %c = neg %x
  return %c
}
"""
# The terminator is missing, which only the verifier sees.
UNVERIFIED = {"psmc_ir": {"version": "1.0"}, "functions": [
    {"name": "f", "args": [{"id": 0, "type": {"kind": "tensor", "dtype": "f32", "shape": [4]}}],
     "results": [{"type": {"kind": "tensor", "dtype": "f32", "shape": [4]}}],
     "body": [{"op": "exp", "operands": [0], "results": [{"id": 1}]}, {"op": "return", "operands": []}]}]}


def lines_of(stderr):
    return [json.loads(line) for line in stderr.splitlines()]


def errors_as_json(path):
    """One object a line, in order of the text, with all that the text form says."""
    _, stderr = psmc("opt", path, "--diagnostics=json", status=1)
    found = lines_of(stderr)
    require([(e["code"], e["place"]["line"], e["place"]["column"]) for e in found] ==
            [("PSM0208", 2, 8), ("PSM0205", 3, 16), ("PSM0206", 5, 3)][:len(found)] and len(found) == 2 + 1,
            f"errors: {found}")
    first, second, third = found
    require(first["severity"] == "error" and first["name"] == "unknown_op", first)
    require(first["place"]["file"] == str(path) and first["place"]["length"] == 3, first)
    require(first["place"]["source"] == "  %a = ngg %x", first)
    require(first["fixes"] == [{"place": first["place"], "with": "neg"}], first)
    require(second["related"][0]["place"]["line"] == 4, second)
    require(third["related"][0]["place"]["line"] == 4, third)
    for found_by in (["--max-errors=2"], ["--max-errors", "2"]):
        _, stderr = psmc("opt", path, "--diagnostics=json", *found_by, status=1)
        require(len(lines_of(stderr)) == 2, "--max-errors")


def bounded_unless_asked(folder):
    path = folder / "many.psm"
    path.write_text("func @f() {\n" + "  frobnicate\n" * 3000 + "}\n")
    for option, count in (([], 20), (["--max-errors=7"], 7), (["--max-errors=0"], 3000), (["--max-errors=1"], 1)):
        for command in (["opt", path], ["interp", path], ["compile", path, "-o", "-"]):
            _, stderr = psmc(*command, *option, status=1)
            require(stderr.count(b"error[PSM0208]") == count, f"{command} {option}")
            require((b"--max-errors=0" in stderr) == (count in (20, 7)), f"{command} {option}: the note")
    refused("opt", path, "--max-errors=-1", status=2)


def check_place(location, artifact_required=True):
    physical = location["physicalLocation"]
    require(isinstance(physical["artifactLocation"]["uri"], str), location)
    region = physical.get("region")
    if region:
        require(region["startLine"] >= 1 and region["startColumn"] >= 1, region)
        require(region["endColumn"] >= region["startColumn"], region)


def check_sarif(log):
    """What SARIF 2.1.0 asks for, of what psmc writes: required properties, their types, indices that point right."""
    wrong = sarif_schema.errors(log)
    require(not wrong, f"no SARIF 2.1.0: {wrong[:3]}")
    require(log["version"] == "2.1.0" and log["$schema"].endswith("sarif-2.1.0.json"), "head")
    require(set(log) == {"$schema", "version", "runs"} and len(log["runs"]) == 1, "log")
    run = log["runs"][0]
    driver = run["tool"]["driver"]
    require(driver["name"] == "psmc" and run["columnKind"] in ("utf16CodeUnits", "unicodeCodePoints"), "run")
    rules = driver["rules"]
    require(len({rule["id"] for rule in rules}) == len(rules) > 100, "rules")
    require(all(rule["shortDescription"]["text"] for rule in rules), "descriptions")
    registry = (SOURCE / "base/diagnostic_codes.def").read_text()
    require(len(rules) == registry.count("\nPSMC_CODE("), "not all codes are rules")
    for invocation in run["invocations"]:
        require(isinstance(invocation["executionSuccessful"], bool), "invocation")
    for result in run["results"]:
        require(rules[result["ruleIndex"]]["id"] == result["ruleId"], result)
        require(result["level"] in ("none", "note", "warning", "error") and result["message"]["text"], result)
        for location in result.get("locations", []) + result.get("relatedLocations", []):
            check_place(location)
        for fix in result.get("fixes", []):
            for change in fix["artifactChanges"]:
                require(change["artifactLocation"]["uri"] and change["replacements"], fix)
                for replacement in change["replacements"]:
                    require(replacement["deletedRegion"]["startLine"] >= 1, fix)
                    require(isinstance(replacement["insertedContent"]["text"], str), fix)
    return run


def sarif(path, folder):
    _, stderr = psmc("opt", path, "--diagnostics=sarif", status=1)
    run = check_sarif(json.loads(stderr))
    require(sarif_schema.refuses(json.loads(stderr)), "the schema of SARIF takes anything")
    require([r["ruleId"] for r in run["results"]] == ["PSM0208", "PSM0205", "PSM0206"], "results")
    region = run["results"][0]["locations"][0]["physicalLocation"]["region"]
    require((region["startLine"], region["startColumn"], region["endColumn"]) == (2, 8, 11), region)
    require(run["invocations"][0] == {"executionSuccessful": False, "exitCode": 1}, "invocation")
    log = folder / "log.sarif"
    _, stderr = psmc("opt", path, "--diagnostics=sarif", "--diagnostics-file", log, status=1)
    require(b"error[PSM0208]" in stderr, "no text beside the file")
    require(check_sarif(json.loads(log.read_text())) == run, "the file says something else")
    right = folder / "right.psm"
    right.write_text("func @f() {\n  return\n}\n")
    _, stderr = psmc("opt", right, "--diagnostics=sarif")
    require(check_sarif(json.loads(stderr))["results"] == [], "a good run has no results")
    umlaut = folder / "ä b.psm"
    umlaut.write_text('func @f(%"ä": f32) {\n  %"ä" = neg %"ä"\n  return\n}\n')
    _, stderr = psmc("opt", umlaut, "--diagnostics=sarif", status=1)
    place = check_sarif(json.loads(stderr))["results"][0]["locations"][0]["physicalLocation"]
    require(place["artifactLocation"]["uri"].startswith("file:///") and "%C3%A4%20b.psm" in place["artifactLocation"]["uri"],
            place)
    require((place["region"]["startColumn"], place["region"]["endColumn"]) == (3, 7), place)


def sarif_everywhere(folder):
    """Every bad document of the conformance folder gives a log; names of files with blanks and colons are references."""
    bad = sorted(path for path in (SOURCE / "tests/conformance/bad").rglob("*.json"))[::4]
    require(len(bad) >= 5, "no bad documents")
    for path in bad:
        _, stderr = psmc("check", path, "--diagnostics=sarif", status=None)
        check_sarif(json.loads(stderr))
    (folder / "a b").mkdir()
    for name, uri in (("a b/c:d.psm", "a%20b/c%3Ad.psm"), ("c:d%.psm", "c%3Ad%25.psm"), ("\u00e4.psm", "%C3%A4.psm")):
        (folder / name).write_text("func @f(%x: f32) {\n  %y = ngg %x\n  return\n}\n")
        _, stderr = psmc("check", name, "--diagnostics=sarif", status=1, cwd=folder)
        result = check_sarif(json.loads(stderr))["results"][0]
        uris = {result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
                result["fixes"][0]["artifactChanges"][0]["artifactLocation"]["uri"]}
        require(uris == {uri}, f"{name}: {uris}")


def machine_files(folder):
    """Several errors of one, as many as are wanted."""
    text = (SOURCE / "arch/presets/psm1.json").read_text()
    path, module = folder / "machine.json", folder / "right.psm"
    path.write_text(text.replace('"vector_registers": 32', '"vector_registers": 33').replace('"columns": 8', '"columns": 0'))
    for limit, expected in ((None, 2), (1, 1), (0, 2)):
        options = [] if limit is None else ["--max-errors", limit]
        _, said = psmc("compile", module, "-o", folder / "m.psmx", "--arch", path, *options, status=1)
        require(said.count(b"error[") == expected, f"{limit}: {said.decode()}")


def usage():
    """Mistakes on the command line come in the same forms, with the same exit statuses."""
    for arguments in (["compil", "x"], ["opt"], ["opt", "x", "--tokens"], ["run", "x", "--seed", "q"]):
        _, stderr = psmc(*arguments, "--diagnostics=json", status=2)
        require(lines_of(stderr)[0]["code"] == "PSM0103", arguments)
        _, stderr = psmc("--diagnostics", "sarif", *arguments, status=2)
        require(check_sarif(json.loads(stderr))["invocations"][0]["exitCode"] == 2, arguments)
    _, stderr = psmc("opt", "/nosuch", "--diagnostics=json", status=1)
    require(lines_of(stderr)[0]["place"] == {"file": "/nosuch"}, stderr)
    for option in ("--diagnostics=xml", "--color=green"):
        require("none of" in refused("opt", "x", option, status=2), option)
    psmc("opt", "/nosuch", "--diagnostics=json", "--diagnostics-file", "/nosuch/log", status=1)


def source_lines(folder):
    """What only the verifier finds shows its line, too, also in JSON-IR and from standard input."""
    path = folder / "unverified.json"
    text = json.dumps(UNVERIFIED, indent=1)
    path.write_text(text)
    line = text[:text.index('"return"')].count("\n")
    for arguments, stdin in ((["opt", path], b""), (["opt", "-"], text.encode())):
        _, stderr = psmc(*arguments, "--diagnostics=json", status=1, stdin=stdin)
        place = lines_of(stderr)[0]["place"]
        require(place["line"] == line and place["source"].strip() == "{", place)
    _, stderr = psmc("opt", path, status=1)
    require(b"^" in stderr, "no caret")


def on_a_terminal(arguments, **environment):
    """What psmc writes to a terminal."""
    master, slave = pty.openpty()
    process = subprocess.Popen([PSMC, *map(str, arguments)], stdout=subprocess.DEVNULL, stderr=slave,
                               env={**os.environ, "TERM": "xterm", "NO_COLOR": "", **environment})
    process.wait(timeout=60)
    os.close(slave)
    out = os.read(master, 1 << 16)
    os.close(master)
    return out


def colors(folder):
    path = folder / "one.psm"
    path.write_text("func @f(%x: f32) {\n  %y = ngg %x\n  return\n}\n")
    escape = b"\x1b["
    require(escape not in psmc("opt", path, status=1)[1], "colours in a pipe")
    require(escape in psmc("opt", path, "--color=always", status=1)[1], "--color=always")
    require(escape in on_a_terminal(["opt", path]), "no colours on a terminal")
    for arguments, environment in ((["--color=never"], {}), ([], {"NO_COLOR": "1"}), ([], {"TERM": "dumb"})):
        require(escape not in on_a_terminal(["opt", path, *arguments], **environment), f"{arguments} {environment}")
    require(escape in on_a_terminal(["opt", path, "--color=always"], NO_COLOR="1"), "--color beats NO_COLOR")
    path.write_bytes(b"func @f(%x: f32) {\n  %y = ngg %x // \x1b[31m \xc2\x9b31m \xe2\x80\xae\n  return\n}\n")
    _, stderr = psmc("opt", path, status=1)
    require(all(bad not in stderr for bad in (b"\x1b", b"\xc2\x9b", b"\xe2\x80\xae")), "the input's own escapes")
    log = folder / "log.json"
    psmc("opt", path, "--color=always", "--diagnostics-file", log, status=1)
    require(escape not in log.read_bytes(), "colours in a file")


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        path = folder / "wrong.psm"
        path.write_text(WRONG)
        errors_as_json(path)
        bounded_unless_asked(folder)
        sarif(path, folder)
        sarif_everywhere(folder)
        machine_files(folder)
        usage()
        source_lines(folder)
        colors(folder)
    print("diagnostics: text, JSON, SARIF, limits, places, colours")


if __name__ == "__main__":
    main()
