"""Holds exchanges with the simulated AWS against botocore's service models.

Reads one JSON document per line: service, operation, method, url, headers,
request (base64), status, response (base64). Prints one line per deviation:
a parameter, a member of a reply or an error that the model does not have, or a
required one that is missing.
"""
import base64
import json
import sys
import urllib.parse
import xml.etree.ElementTree as ET

import botocore.session

SERVICES = {"monitoring": "cloudwatch", "states": "stepfunctions"}
session = botocore.session.get_session()
models = {}


def model_of(service):
    name = SERVICES.get(service, service)
    if name not in models:
        models[name] = session.get_service_model(name)
    return models[name]


def form_fits(shape, tree, path, report):
    """A nested dict of form keys against an input shape of awsQuery."""
    if shape.type_name == "structure":
        for name, value in tree.items():
            if name not in shape.members:
                report(f"parameter {path}{name} is not in the model")
                continue
            form_fits(shape.members[name], value, f"{path}{name}.", report)
        for name in shape.required_members:
            if name not in tree:
                report(f"parameter {path}{name} is required")
    elif shape.type_name == "list" and isinstance(tree, dict):
        member = shape.member.serialization.get("name", "member")
        for name, elements in tree.items():
            if name == "":
                continue
            if name != member:
                report(f"members of {path} are called {member} in the model, not {name}")
                continue
            for element in elements.values():
                form_fits(shape.member, element, path, report)


def form_of(body):
    tree = {}
    for key, value in urllib.parse.parse_qsl(body.decode(), keep_blank_values=True):
        if key in ("Action", "Version"):
            continue
        node = tree
        parts = key.split(".")
        for part in parts[:-1]:
            node = node.setdefault(part, {})
        node[parts[-1]] = value
    return tree


def local(tag):
    return tag.rsplit("}", 1)[-1]


def xml_fits(shape, node, path, report):
    """An element of a reply against an output shape of awsQuery or restXml."""
    if shape.type_name == "structure":
        names = {member.serialization.get("name", name): (name, member) for name, member in shape.members.items()}
        seen = set()
        for child in node:
            tag = local(child.tag)
            if tag not in names:
                report(f"member {path}{tag} is not in the model")
                continue
            seen.add(names[tag][0])
            xml_fits(names[tag][1], child, f"{path}{tag}.", report)
        for name in shape.required_members:
            if name not in seen:
                report(f"member {path}{name} is required")
    elif shape.type_name == "list" and not shape.serialization.get("flattened"):
        element = shape.member.serialization.get("name", "member")
        for child in node:
            if local(child.tag) != element:
                report(f"members of {path} are called {element} in the model, not {local(child.tag)}")
                continue
            xml_fits(shape.member, child, path, report)


def json_fits(shape, value, path, report):
    if value is None:
        return
    kind = shape.type_name
    if kind == "structure":
        if not isinstance(value, dict):
            report(f"{path} is no object")
            return
        names = {member.serialization.get("name", name): (name, member) for name, member in shape.members.items()}
        for name, element in value.items():
            if name not in names:
                report(f"member {path}{name} is not in the model")
                continue
            json_fits(names[name][1], element, f"{path}{name}.", report)
        for name in shape.required_members:
            if name not in {names[n][0] for n in value if n in names}:
                report(f"member {path}{name} is required")
    elif kind == "list":
        for element in value:
            json_fits(shape.member, element, path, report)
    elif kind == "map":
        for element in value.values():
            json_fits(shape.value, element, path, report)
    elif kind in ("integer", "long") and not (isinstance(value, int) and not isinstance(value, bool)):
        report(f"{path} is {value!r}, and no whole number")
    elif kind == "timestamp" and not isinstance(value, (int, float)):
        report(f"{path} is {value!r}, and no timestamp of the protocol")
    elif kind == "boolean" and not isinstance(value, bool):
        report(f"{path} is {value!r}, and no boolean")
    elif kind == "string" and not isinstance(value, str):
        report(f"{path} is {value!r}, and no text")


def error_codes(model, operation):
    codes = set()
    for shape in operation.error_shapes:
        codes.add(shape.name)
        codes.add(shape.metadata.get("error", {}).get("code", shape.name))
    return codes


# Codes that every service may answer, and those that faults inject.
COMMON = {"Throttling", "ThrottlingException", "AccessDenied", "AccessDeniedException", "InvalidParameterValue",
          "InvalidParameterCombination", "ValidationException", "InternalFailure"}


def error_of(service, body):
    text = body.decode(errors="replace")
    if text.startswith("{"):
        return json.loads(text).get("__type", "").rsplit("#", 1)[-1]
    if "<Code>" in text:
        return text.split("<Code>")[1].split("</Code>")[0]
    return ""


def check(exchange, report):
    model = model_of(exchange["service"])
    if exchange["operation"] not in model.operation_names:
        report("the operation is not in the model")
        return
    operation = model.operation_model(exchange["operation"])
    request, response = base64.b64decode(exchange["request"]), base64.b64decode(exchange["response"])
    # CloudWatch's Go client speaks CBOR, whatever this model names first.
    protocol = "cbor" if exchange["service"] == "monitoring" else model.metadata["protocol"]
    query, plain_json = protocol == "query", protocol == "json"
    if not (query or plain_json) and protocol not in ("rest-xml", "rest-json", "cbor"):
        report(f"nobody checks bodies of the protocol {protocol}")
    if query:
        form_fits(operation.input_shape, form_of(request), "", report) if operation.input_shape else None
    elif plain_json and operation.input_shape:
        json_fits(operation.input_shape, json.loads(request or b"{}"), "", report)
    if exchange["status"] >= 300:
        code = error_of(exchange["service"], response)
        if (query or plain_json) and code not in error_codes(model, operation) | COMMON:
            report(f"error {code} is not one of the operation")
        return
    if query and operation.output_shape:
        root = ET.fromstring(response)
        wrapper = operation.output_shape.serialization.get("resultWrapper")
        for child in root:
            if local(child.tag) == wrapper:
                xml_fits(operation.output_shape, child, "", report)
    elif plain_json and operation.output_shape:
        json_fits(operation.output_shape, json.loads(response or b"{}"), "", report)


seen = 0
for line in sys.stdin:
    exchange = json.loads(line)
    seen += 1
    check(exchange, lambda what: print(f"{exchange['service']}:{exchange['operation']}: {what}"))
print(f"checked {seen}", file=sys.stderr)
