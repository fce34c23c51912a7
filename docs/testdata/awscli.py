"""Holds commands of the AWS CLI to the models of AWS that botocore has.

Reads a JSON list of command lines, and prints a JSON list of the same length: what
is wrong with each, a list of texts. What stands between angle brackets, a variable
and a pattern are somebody's to fill in: their values are not looked at.
"""
import json
import re
import shlex
import sys

import botocore
import botocore.session
from botocore import xform_name

# Of the CLI itself, not of an operation; with a value or without.
# https://docs.aws.amazon.com/cli/latest/reference/#global-options
GLOBAL = {
    "region": 1, "profile": 1, "output": 1, "query": 1, "endpoint-url": 1, "cli-binary-format": 1, "cli-read-timeout": 1, "cli-connect-timeout": 1,
    "max-items": 1, "page-size": 1, "starting-token": 1, "color": 1, "ca-bundle": 1, "cli-input-json": 1, "cli-input-yaml": 1,
    "no-cli-pager": 0, "no-paginate": 0, "no-sign-request": 0, "no-verify-ssl": 0, "debug": 0, "generate-cli-skeleton": 0,
}
# Commands that are the CLI's own: no model has them. Their flags are listed where
# pages use them.
OWN = {
    "s3 ls": {"recursive"}, "s3 cp": {"recursive"}, "s3 rm": {"recursive"}, "s3 rb": {"force"}, "s3 mb": set(), "s3 sync": {"delete"},
    "configure list": set(), "configure sso": set(), "configure": set(), "sso login": set(), "login": set(),
}
NAMES = {"s3api": "s3"}
# Flags that the CLI has beside those of the model, and the member that each gives.
INGRESS = {"protocol": "IpPermissions", "port": "IpPermissions", "cidr": "IpPermissions"}
ADDED = {
    "lambda create-function": {"zip-file": "Code"}, "lambda update-function-code": {"zip-file": "ZipFile"},
    "ec2 authorize-security-group-ingress": INGRESS, "ec2 revoke-security-group-ingress": INGRESS,
}
# Arguments without a flag, which the CLI has of its own.
POSITIONAL = {"lambda invoke": 1, "s3api get-object": 1}

def open_value(word):
    return any(c in word for c in "$*")


def words_of(line):
    """The calls of aws in a line of a shell, as words, those in $(...) first."""
    line = re.sub(r"<[A-Za-z][^<>|;]*>", "$x", line)
    calls = []
    while True:
        inner = re.search(r"\$\(([^()]*)\)", line)
        if inner is None:
            break
        calls += words_of(inner.group(1))
        line = line[:inner.start()] + "$x" + line[inner.end():]
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words = []
    for word in list(lexer) + [";"]:
        if set(word) <= set("();<>|&"):
            while words and (re.fullmatch(r"[A-Za-z_]+=.*", words[0]) or words[0] in ("$", "if", "then", "do", "while", "!")):
                words = words[1:]
            if words[:1] == ["aws"]:
                calls.append(words)
            words = []
        else:
            words.append(word)
    return calls


class Checker:
    def __init__(self):
        self.session = botocore.session.get_session()
        self.models = {}

    def model(self, service):
        name = NAMES.get(service, service)
        if name not in self.models:
            if name not in self.session.get_available_services():
                return None
            self.models[name] = self.session.get_service_model(name)
        return self.models[name]

    def check(self, words):
        self.problems = []
        words = words[1:]  # aws
        while words and words[0].startswith("--"):
            name = words[0][2:]
            words = words[1 + GLOBAL.get(name, 0):]
        if not words:
            return ["names no service"]
        service = words[0]
        for length in (1, 2):
            if " ".join(words[:length]) in OWN:
                return self.own(words, length)
        model = self.model(service)
        if model is None:
            return ["there is no service " + service]
        if len(words) < 2:
            return [service + " without an operation"]
        if words[1] == "wait":
            return self.waits(service, words)
        operations = {xform_name(o, "-"): o for o in model.operation_names}
        if words[1] not in operations:
            return ["%s has no operation %s" % (service, words[1])]
        return self.operation(model.operation_model(operations[words[1]]), service + " " + words[1], words[2:])

    def own(self, words, length):
        known = OWN[" ".join(words[:length])]
        for word in words[length:]:
            name = word[2:].split("=")[0]
            if word.startswith("--") and name not in known and name not in GLOBAL:
                self.problems.append("%s has no flag %s" % (" ".join(words[:length]), word))
        return self.problems

    def waits(self, service, words):
        waiters = self.session.create_client(NAMES.get(service, service), region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x").waiter_names
        names = {xform_name(w, "-").replace("_", "-"): w for w in waiters}
        if len(words) < 3 or words[2] not in names:
            return ["%s waits for nothing called %s" % (service, words[2] if len(words) > 2 else "")]
        waiter = self.session.get_waiter_model(NAMES.get(service, service)).get_waiter(next(w for w in self.session.get_waiter_model(NAMES.get(service, service)).waiter_names if xform_name(w, "-") == words[2]))
        return self.operation(self.model(service).operation_model(waiter.operation), service + " wait", words[3:])

    def operation(self, operation, name, words):
        shape = operation.input_shape
        members = {xform_name(m, "-"): (m, s) for m, s in (shape.members if shape else {}).items()}
        given, positional = set(), 0
        while words:
            word, words = words[0], words[1:]
            if not word.startswith("--"):
                positional += 1
                if positional > POSITIONAL.get(name, 0):
                    self.problems.append("%s takes no argument %s" % (name, word))
                continue
            flag, _, joined = word[2:].partition("=")
            values = [joined] if joined else []
            while words and not words[0].startswith("--"):
                if flag in members and members[flag][1].type_name == "boolean" and not open_value(words[0]):
                    break
                if flag in GLOBAL and len(values) >= GLOBAL[flag]:
                    break
                if flag in members and members[flag][1].type_name not in ("list", "map", "structure") and values:
                    break
                values.append(words[0])
                words = words[1:]
            if flag in members:
                given.add(members[flag][0])
                self.values(name, flag, members[flag][1], values)
            elif flag.startswith("no-") and flag[3:] in members and members[flag[3:]][1].type_name == "boolean":
                given.add(members[flag[3:]][0])
            elif flag in ADDED.get(name, {}):
                given.add(ADDED[name][flag])
            elif flag in GLOBAL:
                if flag == "query":
                    self.query(name, operation, values)
            else:
                self.problems.append("%s has no flag --%s" % (name, flag))
        for missing in (shape.required_members if shape else []):
            if missing not in given:
                self.problems.append("%s needs --%s" % (name, xform_name(missing, "-")))
        return self.problems

    def values(self, name, flag, shape, values):
        kind = shape.type_name
        if kind == "boolean":
            return
        if not values:
            self.problems.append("%s --%s has no value" % (name, flag))
            return
        if any(v.startswith(("file://", "fileb://")) for v in values):
            return
        if kind in ("list", "map", "structure"):
            text = " ".join(values)
            if text[:1] in "[{" and text[-1:] in "]}":
                try:
                    self.json(name, flag, shape, json.loads(text))
                except ValueError:
                    if not open_value(text):
                        self.problems.append("%s --%s: that is no JSON" % (name, flag))
                return
        if kind == "list":
            for v in values:
                if shape.member.type_name == "structure":
                    self.shorthand(name, flag, shape.member, v)
                else:
                    self.scalar(name, flag, shape.member, v)
        elif kind == "structure":
            for v in values:
                self.shorthand(name, flag, shape, v)
        elif kind != "map":
            self.scalar(name, flag, shape, values[0])

    def json(self, name, flag, shape, value):
        if shape.type_name == "structure" and isinstance(value, dict):
            for key, inner in value.items():
                if key not in shape.members:
                    self.problems.append("%s --%s has no %s" % (name, flag, key))
                else:
                    self.json(name, flag, shape.members[key], inner)
        elif shape.type_name == "list" and isinstance(value, list):
            for inner in value:
                self.json(name, flag, shape.member, inner)
        elif isinstance(value, str) and shape.type_name == "string":
            self.scalar(name, flag, shape, value)

    def shorthand(self, name, flag, shape, text):
        for part in re.split(r",(?=[A-Za-z0-9]+=)", text):
            key, equals, value = part.partition("=")
            if not equals and open_value(key):
                continue
            if key not in shape.members:
                self.problems.append("%s --%s has no %s" % (name, flag, key))
            elif shape.members[key].type_name == "string":
                self.scalar(name, flag, shape.members[key], value)
            elif shape.members[key].type_name == "list" and shape.members[key].member.type_name == "string":
                for one in value.strip("[]").split(","):
                    self.scalar(name, flag, shape.members[key].member, one)

    def scalar(self, name, flag, shape, value):
        if open_value(value) or value == "":
            return
        if shape.type_name in ("integer", "long") and not re.fullmatch(r"-?[0-9]+", value):
            self.problems.append("%s --%s %s is no whole number" % (name, flag, value))
        if shape.type_name == "string" and shape.enum and value not in shape.enum:
            self.problems.append("%s --%s has no value %s: it has %s" % (name, flag, value, ", ".join(shape.enum[:12])))

    def query(self, name, operation, values):
        """The path of names at its beginning: what is behind a function or a filter is not followed."""
        for text in values:
            shape, at = operation.output_shape, text
            for match in re.finditer(r"([A-Za-z][A-Za-z0-9]*)|(\[[^\]]*\])|\.", at):
                if match.start() > 0 and at[match.start() - 1] in "(|{,& ":
                    return
                word = match.group(1)
                if match.group(2) is not None:
                    if shape is not None and shape.type_name == "list":
                        shape = shape.member
                    if re.search(r"[A-Za-z?]", match.group(2)):
                        return
                    continue
                if word is None:
                    continue
                if at[match.end():match.end() + 1] == "(":
                    return
                while shape is not None and shape.type_name == "list":
                    shape = shape.member
                if shape is None or shape.type_name == "map":
                    return
                if shape.type_name != "structure" or word not in shape.members:
                    self.problems.append("%s answers with no %s" % (name, word))
                    return
                shape = shape.members[word]


checker = Checker()
json.dump([[p for words in words_of(line) for p in checker.check(words)] for line in json.load(sys.stdin)], sys.stdout)
