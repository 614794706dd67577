#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Says of each YAML file whether profiles/schema.json accepts it: `FILE accepted` or `FILE refused WHERE: WHY`.

An editor reads YAML by the core schema of YAML 1.2, so this does too: PyYAML finds the nodes, the types of plain
scalars are worked out here (PyYAML's own are those of 1.1, where `yes` is true and 2018-11-21 a date).
"""

import json
import re
import sys

import jsonschema
import yaml

CORE = (
    (re.compile(r"~|null|Null|NULL|"), lambda text: None),
    (re.compile(r"true|True|TRUE"), lambda text: True),
    (re.compile(r"false|False|FALSE"), lambda text: False),
    (re.compile(r"[-+]?[0-9]+"), int),
    (re.compile(r"0o[0-7]+"), lambda text: int(text, 8)),
    (re.compile(r"0x[0-9a-fA-F]+"), lambda text: int(text, 16)),
    (re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"), float),
)


def scalar(node):
    """The value of a scalar; what is quoted is text."""
    if node.style is None:
        for pattern, convert in CORE:
            if pattern.fullmatch(node.value):
                return convert(node.value)
    return node.value


def plain(node):
    """A tree of dicts, lists and scalars; keys are text."""
    if isinstance(node, yaml.MappingNode):
        return {key.value: plain(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [plain(item) for item in node.value]
    return scalar(node)


def main(schema_path, paths):
    with open(schema_path, encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for path in paths:
        with open(path, encoding="utf-8") as file:
            document = plain(yaml.compose(file, Loader=yaml.BaseLoader))
        error = jsonschema.exceptions.best_match(validator.iter_errors(document))
        print(f"{path} refused {error.json_path}: {error.message}" if error else f"{path} accepted")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
