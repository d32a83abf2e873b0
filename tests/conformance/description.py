#!/usr/bin/env python3
"""Holds schema/openapi.json against the facts of Replicate's own description, in replicate_facts.json.

Usage: description.py [--self-test]

The facts are those of OpenAPI 3.0: operations, parameters, statuses, and of each body the fields, their types and
which of them are required. All of it must be in ours, and ours must have nothing more: a client that is made from
theirs has to understand us. Where what is recorded of the real service says otherwise, or this server has something
of its own, a table below says so and why; a line of a table that is not needed any more is a fault too. And in both
of our descriptions references must lead somewhere, names must not stand twice, and no component may be left over.
"""
import copy
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SCHEMA = os.path.join(HERE, "..", "..", "schema")

# What ours has and theirs lacks, or the other way round: operations, parameters, statuses.
OPERATIONS = {
    "models.search": "theirs lost it on its way to OpenAPI 3.0, which has no QUERY",
    "streams.get": "ours: another host's, of which there is no description",
    "delivery.get": "ours: another host's, of which there is no description",
    "openapi.get": "ours: the real one is served, but not described",
}
PARAMETERS = {"cursor": "recorded: the links of pages have it"}
STATUSES = {
    "models.predictions.create 200": "nothing says when it would be answered: 201 and 202 are recorded and documented",
    "files.download 206": "RFC 9110: ranges, as output files have them",
    "search 500": "it does not fail by itself",
}
# For each reason: component, field, what is the matter: absent (theirs alone has it), extra (ours alone), type, enum,
# optional (theirs is required), required (theirs is not), closed (theirs takes no others).
REASONS = {
    "recorded: the service behind the gateway writes all of its keys, null where there is nothing yet": [
        "prediction_row.completed_at type", "prediction_row.started_at type", "prediction_row.logs type",
        "example.completed_at type", "example.started_at type", "example.logs type",
        "training_row.completed_at type", "training_row.started_at type", "training_row.logs type",
        "training_row.output type"],
    "recorded: the service behind the gateway has no such key": [
        "prediction_row.source absent", "prediction_row.deadline absent", "training_row.source absent",
        "example.source absent", "example.deadline absent"],
    "recorded, though the real description lacks it": [
        "prediction.webhook extra", "prediction_row.webhook extra", "example.webhook extra", "training.webhook extra",
        "training_row.webhook extra",
        "prediction_urls.stream extra", "prediction_urls.web extra", "file.name extra", "file.etag extra",
        "file.checksums.md5 extra", "model.created_at extra", "model.weights_url extra", "metrics.predict_time extra",
        "problem.title extra", "problem.status extra"],
    "the official Python client may send it": [
        "prediction_create_request.webhook_completed extra", "version_prediction_create_request.webhook_completed extra",
        "training_create_request.webhook_completed extra"],
    "as of predictions: nothing of it is recorded, and both come from the same place": [
        "training.data_removed extra", "training_row.data_removed extra", "training.output type"],
    "a training has just begun when this is answered": [
        "training.completed_at absent", "training.started_at absent", "training.metrics absent"],
}
FIELDS = {key: reason for reason, keys in REASONS.items() for key in keys}


class Ours:
    """Our description, with references followed. A schema is (component it stands in, path in it, node)."""

    def __init__(self, document):
        self.document = document

    def follow(self, node):
        """The node that a reference leads to, and the component's name; else itself and None."""
        name = None
        while "$ref" in node:
            pointer = node["$ref"]
            node, name = self.document, pointer.rpartition("/")[2]
            for step in pointer[2:].split("/"):
                node = node[step]
        return node, name

    def alternatives(self, node, where):
        """What a value may be: the schema, or each of its anyOf, with the name of where it stands."""
        node, name = self.follow(node)
        if "anyOf" not in node:
            return [(name or where, node)]
        return [found for part in node["anyOf"] for found in self.alternatives(part, name or where)]


def types_of(node):
    kinds = node.get("type", [])
    return set(kinds if isinstance(kinds, list) else [kinds])


class Comparison:
    """Faults are texts; what a table excuses is noted as used."""

    def __init__(self, ours, facts):
        self.ours = Ours(ours)
        self.facts = facts
        self.faults = []
        self.used = set()

    def fault(self, table, key, text):
        if key in table:
            self.used.add(key)
        elif f"{key}: {text}" not in self.faults:
            self.faults.append(f"{key}: {text}")

    def theirs(self, shape):
        if "shape" in shape:
            return {**self.facts["shapes"][shape["shape"]], **({"nullable": True} if shape.get("nullable") else {})}
        return shape

    def compare(self, where, node, shape, sent):
        """`sent`: by a client, so ours must take all that theirs takes; else ours must not answer anything more."""
        shape = self.theirs(shape)
        parts = self.ours.alternatives(node, where)
        if "type" in shape:
            self.compare_types(parts[0][0] if len(parts) == 1 else where, [part for _, part in parts], shape, sent)
        for name, part in parts:
            if "properties" in shape and "object" in types_of(part):
                self.compare_fields(name, part, shape, sent)
            if "items" in part and "items" in shape:
                self.compare(name + "[]", part["items"], shape["items"], sent)

    def compare_types(self, where, parts, shape, sent):
        theirs = {shape["type"]} | ({"null"} if shape.get("nullable") else set())
        ours = set().union(*(types_of(part) for part in parts))
        if sent and not theirs <= ours | ({"integer"} if "number" in ours else set()):
            self.fault(FIELDS, f"{where} type", f"takes {sorted(ours)}, theirs {sorted(theirs)}")
        if not sent and not ours <= theirs | ({"integer"} if "number" in theirs else set()):
            self.fault(FIELDS, f"{where} type", f"is {sorted(ours)}, theirs {sorted(theirs)}")
        if not sent and "enum" in shape and not set(parts[0].get("enum", ["anything"])) <= set(shape["enum"]):
            self.fault(FIELDS, f"{where} enum", f"theirs is one of {shape['enum']}")
        if sent and "enum" in parts[0] and set(parts[0]["enum"]) != set(shape.get("enum", [])):
            self.fault(FIELDS, f"{where} enum", f"theirs is one of {shape.get('enum', 'anything')}")

    def compare_fields(self, where, node, shape, sent):
        ours, theirs = node.get("properties", {}), shape["properties"]
        required, theirs_required = set(node.get("required", [])), set(shape.get("required", []))
        for name in sorted(theirs_required - required):
            self.fault(FIELDS, f"{where}.{name} optional", "theirs is required")
        for name in sorted(required - theirs_required) if sent else []:
            self.fault(FIELDS, f"{where}.{name} required", "theirs is not")
        for name, field in theirs.items():
            if name in ours:
                self.compare(f"{where}.{name}", ours[name], field, sent)
            else:
                self.fault(FIELDS, f"{where}.{name} absent", "theirs has it")
        for name in ours.keys() - theirs.keys():
            self.fault(FIELDS, f"{where}.{name} extra", "theirs lacks it")
        if sent and shape.get("closed") and node.get("additionalProperties") is not False:
            self.fault(FIELDS, f"{where} closed", "theirs takes no other fields")

    def compare_contents(self, operation, ours, theirs, sent):
        for kind, shape in theirs.items():
            media = ours.get(kind, ours.get("*/*"))
            if media is None:
                self.faults.append(f"{operation}: theirs has the content type {kind}")
            elif "json" in kind or "form-data" in kind:
                self.compare(operation, media["schema"], shape, sent)

    def compare_parameters(self, operation, ours, theirs):
        known = {(p["name"], p["in"]): p for p, _ in map(self.ours.follow, ours.get("parameters", []))}
        for name, place, required, kind in theirs:
            found = known.pop((name, place), None)
            if not found or found.get("required", False) != required or types_of(found["schema"]) != {kind}:
                self.faults.append(f"{operation}: theirs has the parameter {name}, in {place}, {kind}, required: {required}")
        for name, _ in known:
            self.fault(PARAMETERS, name, f"a parameter of {operation} that theirs lacks")

    def compare_operation(self, operation, ours, theirs):
        self.compare_parameters(operation, ours, theirs.get("parameters", []))
        if "request" in theirs:
            self.compare_contents(operation, ours["requestBody"]["content"], theirs["request"], True)
        elif "requestBody" in ours:
            self.faults.append(f"{operation}: theirs takes no body")
        for status, contents in theirs["responses"].items():
            if status not in ours["responses"]:
                self.fault(STATUSES, f"{operation} {status}", "theirs may answer it")
                continue
            response, _ = self.ours.follow(ours["responses"][status])
            self.compare_contents(operation, response.get("content", {}), contents, False)
        for status in ours["responses"]:
            if status[0] == "2" and status not in theirs["responses"]:
                self.fault(STATUSES, f"{operation} {status}", "theirs does not answer it")

    def run(self):
        known = {}
        for path, item in self.ours.document["paths"].items():
            for method, operation in item.items():
                if isinstance(operation, dict) and "operationId" in operation:
                    known[operation["operationId"]] = (method, path, operation)
        for name, theirs in self.facts["operations"].items():
            method, path, operation = known.pop(name, (None, None, None))
            if (method, path) != (theirs["method"], theirs["path"]):
                self.faults.append(f"{name}: theirs is {theirs['method']} {theirs['path']}")
            else:
                self.compare_operation(name, operation, theirs)
        for name in known:
            self.fault(OPERATIONS, name, "an operation that theirs lacks")
        for table in (OPERATIONS, PARAMETERS, STATUSES, FIELDS):
            self.faults += [f"{key}: this line of the table is not needed" for key in table if key not in self.used]
        return self.faults


def nodes(node):
    """Every object and array in the document."""
    yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else []:
        yield from nodes(child)


def check_document(document):
    """What holds of a description by itself."""
    faults, seen, used = [], set(), set()
    for node in nodes(document):
        if isinstance(node, dict) and isinstance(node.get("$ref"), str):
            used.add(node["$ref"])
        if isinstance(node, dict) and "operationId" in node:
            if node["operationId"] in seen:
                faults.append(f"{node['operationId']}: stands twice")
            seen.add(node["operationId"])
        if isinstance(node, dict) and isinstance(node.get("required"), list):
            faults += [f"{name}: required, and no property" for name in node["required"] if name not in node["properties"]]
    there = {f"#/components/{kind}/{name}" for kind, parts in document["components"].items() for name in parts
             if kind != "securitySchemes"}
    faults += [f"{pointer}: leads nowhere" for pointer in sorted(used - there)]
    faults += [f"{pointer}: nothing refers to it" for pointer in sorted(there - used)]
    for path, item in document["paths"].items():
        names = {part[1:-1] for part in path.split("/") if part.startswith("{")}
        for method, operation in item.items():
            if not isinstance(operation, dict):
                continue
            given = {p["name"] for p in operation.get("parameters", []) if p.get("in") == "path"}
            if given != names:
                faults.append(f"{method} {path}: has the parameters {sorted(given)}")
    return faults


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return json.load(file)


def self_test(ours, facts):
    """Each of these breaks something, and must be seen."""
    def schemas(document):
        return document["components"]["schemas"]

    breaks = {
        "prediction.metrics absent": lambda d: schemas(d)["prediction"]["properties"].pop("metrics"),
        "prediction.output optional": lambda d: schemas(d)["prediction"]["required"].remove("output"),
        "prediction.id type": lambda d: schemas(d)["prediction"]["properties"].update(id={"type": "integer"}),
        "prediction.more extra": lambda d: schemas(d)["prediction"]["properties"].update(more={}),
        "prediction.status enum": lambda d: schemas(d)["prediction"]["properties"].update(status={"type": "string"}),
        "prediction_create_request closed": lambda d: schemas(d)["prediction_create_request"].pop("additionalProperties"),
        "prediction_create_request.stream required":
            lambda d: schemas(d)["prediction_create_request"]["required"].append("stream"),
        "predictions.get": lambda d: d["paths"].pop("/predictions/{prediction_id}"),
        "predictions.create 202": lambda d: d["paths"]["/predictions"]["post"]["responses"].pop("202"),
        "predictions.create: theirs has the parameter Prefer": lambda d: d["paths"]["/predictions"]["post"]["parameters"].pop(0),
        "account.get 201": lambda d: d["paths"]["/account"]["get"]["responses"].update({"201": {}}),
        "#/components/schemas/file: leads nowhere": lambda d: schemas(d).pop("file") and schemas(d).update(more={}),
    }
    failed = 0
    for expected, change in breaks.items():
        broken = copy.deepcopy(ours)
        change(broken)
        faults = check_document(broken)
        if not faults:
            faults = Comparison(broken, facts).run()
        if not any(fault.startswith(expected) for fault in faults):
            print(f"self-test: {expected} is not seen; seen is {faults}", file=sys.stderr)
            failed += 1
    print(f"description: {len(breaks) - failed} of {len(breaks)} faults are seen")
    return 1 if failed else 0


def main(args):
    ours, control = read(SCHEMA, "openapi.json"), read(SCHEMA, "control.json")
    facts = read(HERE, "replicate_facts.json")
    if args == ["--self-test"]:
        return self_test(ours, facts)
    faults = check_document(ours) + check_document(control) + Comparison(ours, facts).run()
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"description: {len(facts['operations'])} operations of the real one, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
