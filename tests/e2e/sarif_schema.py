# SPDX-License-Identifier: Apache-2.0
"""SARIF 2.1.0 (OASIS, 2020), the objects that psmc writes: their properties with the names, types, ranges, required
properties and uniqueness of the standard's schema, draft 7. As there, no object has properties that are not named."""

import json
import re

# RFC 3986: a reference; what is no character of a URI stands as %XX, and a colon not before the first slash of a relative one.
URI_REFERENCE = (r"^(?:[A-Za-z][A-Za-z0-9+.-]*:(?://[^/?#\s]*)?|(?![^/?#]*:))"
                 r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*$")


def thing(required, **properties):
    return {"type": "object", "additionalProperties": False, "required": required, "properties": properties}


def some(of, at_least=0, unique=False):
    return {"type": "array", "minItems": at_least, "uniqueItems": unique, "items": of}


TEXT, COUNT = {"type": "string"}, {"type": "integer", "minimum": 1}
MESSAGE = thing(["text"], text=TEXT)  # text or id
CONTENT = thing([], text=TEXT)
REGION = thing([], startLine=COUNT, startColumn=COUNT, endLine=COUNT, endColumn=COUNT, snippet=CONTENT)
ARTIFACT = thing([], uri={"type": "string", "pattern": URI_REFERENCE})
PHYSICAL = thing(["artifactLocation"], artifactLocation=ARTIFACT, region=REGION)  # that or an address
LOCATION = thing([], physicalLocation=PHYSICAL, message=MESSAGE)
REPLACEMENT = thing(["deletedRegion"], deletedRegion=REGION, insertedContent=CONTENT)
CHANGE = thing(["artifactLocation", "replacements"], artifactLocation=ARTIFACT, replacements=some(REPLACEMENT, 1))
FIX = thing(["artifactChanges"], artifactChanges=some(CHANGE, 1, True))
RESULT = thing(["message"], ruleId=TEXT, ruleIndex={"type": "integer", "minimum": -1},
               level={"enum": ["none", "note", "warning", "error"]}, message=MESSAGE, locations=some(LOCATION),
               relatedLocations=some(LOCATION, unique=True), fixes=some(FIX, unique=True))
RULE = thing(["id"], id=TEXT, name=TEXT, shortDescription=thing(["text"], text=TEXT))
DRIVER = thing(["name"], name=TEXT, version=TEXT, rules=some(RULE, unique=True))
INVOCATION = thing(["executionSuccessful"], executionSuccessful={"type": "boolean"}, exitCode={"type": "integer"})
RUN = thing(["tool"], tool=thing(["driver"], driver=DRIVER), columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
            invocations=some(INVOCATION), results=some(RESULT))
LOG = {"$schema": "http://json-schema.org/draft-07/schema#",
       **thing(["version", "runs"], **{"$schema": TEXT}, version={"enum": ["2.1.0"]}, runs=some(RUN))}


def errors(log):
    """What the schema has against a log: nothing if python3-jsonschema is not there."""
    try:
        import jsonschema
    except ImportError:
        return []
    jsonschema.Draft7Validator.check_schema(LOG)
    return [f"{list(error.absolute_path)}: {error.message[:200]}" for error in jsonschema.Draft7Validator(LOG).iter_errors(log)]


def refuses(log):
    """The schema can say no: each of these logs has one thing that it must find."""
    try:
        import jsonschema  # noqa: F401
    except ImportError:
        return True
    text = json.dumps(log)
    wrong = [re.sub(r'"startLine": \d+', '"startLine": 0', text, count=1), text.replace('"level": "error"', '"level": "fatal"', 1),
             text.replace('"uri": "', '"uri": " ', 1), text.replace('"uri": "', '"uri": "%zz', 1),
             text.replace('"ruleId"', '"rule"', 1), text.replace('"driver"', '"name"', 1), text.replace("2.1.0", "2.0.0")]
    return all(bad != text and errors(json.loads(bad)) for bad in wrong)
