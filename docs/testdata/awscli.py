"""Holds commands of the AWS CLI, and words of AWS, to the models that botocore has.

Reads {"lines": [...], "words": [{"word": ..., "beside": [lines]}]}, and prints the
same with what is wrong with each line, a list of texts, and with what each word is,
"" where no model has it. A word beside commands is a field of theirs, or none. And
"calls": which operations each line calls, as IAM has them.
What stands between angle brackets, a variable and a pattern are somebody's to fill
in: their values are not looked at.
"""
import json
import re
import shlex
import sys

import botocore
import botocore.session
import jmespath
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
    "logs tail": {"since", "follow", "format", "filter-pattern", "log-stream-names", "log-stream-name-prefix"},
    # instead of modify-option-group: https://github.com/aws/aws-cli/blob/v2/awscli/customizations/rds.py
    "rds add-option-to-option-group": {"option-group-name", "options", "apply-immediately", "no-apply-immediately"},
    "configure list": set(), "configure sso": set(), "configure": set(), "sso login": set(), "login": set(),
}
NAMES = {"s3api": "s3"}
# What IAM calls services and operations.
IAM = {"s3api": "s3", "stepfunctions": "states"}
CALLS = {"logs tail": "FilterLogEvents", "rds add-option-to-option-group": "ModifyOptionGroup", "lambda invoke": "Invoke"}
# Values of flags of the CLI itself.
CHOICES = {"output": {"json", "text", "table", "yaml", "yaml-stream", "off"}, "cli-binary-format": {"base64", "raw-in-base64-out"}, "color": {"on", "off", "auto"}}
# Services that are asked in no region, or whose commands find the region of a
# bucket by its name: everything else is said where it is, because the caller's own
# region is seldom the one that lifeboat runs in.
EVERYWHERE = {"iam", "sts", "s3api", "organizations", "account"}
# Services whose operations, fields and errors pages speak of.
SPOKEN_OF = ["backup", "cloudformation", "cloudtrail", "cloudwatch", "dynamodb", "events", "iam", "kms", "lambda", "rds", "s3", "scheduler", "sns", "sqs", "stepfunctions"]
# Members that the CLI calls otherwise, since it has such a flag of its own.
# https://github.com/aws/aws-cli/blob/v2/awscli/customizations/argrename.py
RENAMED = {"sns subscribe": {"endpoint": "notification-endpoint"}, "stepfunctions send-task-success": {"output": "task-output"}}
# Flags that the CLI has beside those of the model, and the member that each gives.
INGRESS = {"protocol": "IpPermissions", "port": "IpPermissions", "cidr": "IpPermissions"}
ADDED = {
    "lambda create-function": {"zip-file": "Code"}, "lambda update-function-code": {"zip-file": "ZipFile"},
    "ec2 authorize-security-group-ingress": INGRESS, "ec2 revoke-security-group-ingress": INGRESS,
}
# Arguments without a flag, which the CLI has of its own, and wants.
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
    lexer.whitespace_split, lexer.commenters = True, "#"
    words = []
    for word in list(lexer) + [";"]:
        if set(word) <= set("();<>|&"):
            for i, one in enumerate(words): # behind an assignment, a keyword, or what a program prints before it
                if one == "aws" and (i == 0 or words[i - 1] != "--world"):
                    calls.append(words[i:])
                    break
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
        self.problems, self.somewhere = [], "--region" in words
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
        if words[0] == "logs" and not self.somewhere:
            self.problems.append("%s does not say --region" % " ".join(words[:length]))
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
        named = not words  # as a word of a sentence, not to be typed
        renamed = RENAMED.get(name, {})
        members = {renamed.get(xform_name(m, "-"), xform_name(m, "-")): (m, s) for m, s in (shape.members if shape else {}).items()}
        given, positional, rest = set(), 0, False
        while words:
            word, words = words[0], words[1:]
            if word.startswith("$"): # whatever it holds, a flag or nothing
                rest = rest or word == "$rest"
                continue
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
                    self.query(name, operation, " ".join(values))
                elif flag in CHOICES and not (values and values[0] in CHOICES[flag]):
                    self.problems.append("%s --%s is one of %s" % (name, flag, ", ".join(sorted(CHOICES[flag]))))
            else:
                self.problems.append("%s has no flag --%s" % (name, flag))
        for missing in (shape.required_members if shape else []):
            if missing not in given and not named and not rest:
                self.problems.append("%s needs --%s" % (name, xform_name(missing, "-")))
        if positional < POSITIONAL.get(name, 0):
            self.problems.append("%s needs a file that its answer is written to" % name)
        if not self.somewhere and not rest and name.split()[0] not in EVERYWHERE and not (named and shape and shape.required_members):
            self.problems.append("%s does not say --region" % name)
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
        elif kind == "map":
            for v in re.split(r",(?=[A-Za-z0-9]+=)", ",".join(values)):
                self.scalar(name, flag, shape.key, v.partition("=")[0])
        else:
            self.scalar(name, flag, shape, values[0])

    def json(self, name, flag, shape, value):
        if shape.type_name == "structure" and isinstance(value, dict):
            for key, inner in value.items():
                if key not in shape.members:
                    self.problems.append("%s --%s has no %s" % (name, flag, key))
                else:
                    self.json(name, flag, shape.members[key], inner)
            self.needed(name, flag, shape, value)
        elif shape.type_name == "list" and isinstance(value, list):
            for inner in value:
                self.json(name, flag, shape.member, inner)
        elif isinstance(value, str) and shape.type_name == "string":
            self.scalar(name, flag, shape, value)

    def needed(self, name, flag, shape, given):
        for missing in shape.required_members:
            if missing not in given:
                self.problems.append("%s --%s needs %s" % (name, flag, missing))

    def shorthand(self, name, flag, shape, text):
        if "=" in text:
            keys = [part.partition("=")[0] for part in re.split(r",(?=[A-Za-z0-9]+=)", text)]
            if set(keys) <= set(shape.members):
                self.needed(name, flag, shape, keys)
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
        elif shape.type_name in ("integer", "long"):
            least, most = shape.metadata.get("min"), shape.metadata.get("max")
            if least is not None and int(value) < least or most is not None and int(value) > most:
                self.problems.append("%s --%s %s is not between %s and %s" % (name, flag, value, least, most))
        if shape.type_name == "string" and shape.enum and value not in shape.enum:
            self.problems.append("%s --%s has no value %s: it has %s" % (name, flag, value, ", ".join(shape.enum[:12])))

    def query(self, name, operation, text):
        try:
            parsed = jmespath.compile(text).parsed
        except jmespath.exceptions.JMESPathError as problem:
            self.problems.append("%s --query: %s" % (name, str(problem).split("\n")[0]))
            return
        self.follow(name, parsed, operation.output_shape)

    def follow(self, name, node, shape):
        """Where an expression leads from a shape: a shape, or None where nobody knows."""
        kind, inner = node["type"], node["children"]
        if kind == "field":
            if shape is None or shape.type_name == "map":
                return shape and shape.value
            if shape.type_name == "structure" and node["value"] in shape.members:
                return shape.members[node["value"]]
            self.problems.append("%s answers with no %s" % (name, node["value"]))
            return None
        if kind in ("subexpression", "pipe", "index_expression"):
            for one in inner:
                shape = self.follow(name, one, shape)
            return shape
        if kind in ("index", "slice"):
            return element(shape)
        if kind == "flatten":
            return self.follow(name, inner[0], shape)
        if kind in ("projection", "filter_projection", "value_projection"):
            of = element(self.follow(name, inner[0], shape))
            if kind == "filter_projection":
                self.follow(name, inner[2], of)
            return self.follow(name, inner[1], of)
        if kind in ("identity", "current"):
            return shape
        if kind == "multi_select_list":
            found = [self.follow(name, one, shape) for one in inner]
            return found[0] if len({f.name for f in found if f is not None}) == 1 and None not in found else None
        if kind == "literal":
            return None
        for one in inner: # functions, comparisons, choices of keys: what they are made of
            self.follow(name, one, shape)
        return None

    def vocabulary(self):
        """What the words of those services are: fields apart from the others."""
        fields, others = {}, {}
        for service in SPOKEN_OF:
            model = self.model(service)
            for name in model.shape_names:
                shape = model.shape_for(name)
                if shape.metadata.get("exception"):
                    others[shape.error_code], others[name] = ["an error of " + service] * 2
                for member in shape.members if shape.type_name == "structure" else []:
                    fields.setdefault(member, "a field of " + service)
            others.update((name, "an operation of " + service) for name in model.operation_names)
        return fields, others

    def called(self, line):
        """The operations that the commands of a line call, by their services."""
        for words in words_of(line):
            model = self.model(words[1]) if len(words) > 2 else None
            named = {xform_name(o, "-"): o for o in model.operation_names} if model else {}
            if " ".join(words[1:3]) in CALLS:
                yield words[1], self.model(words[1]).operation_model(CALLS[" ".join(words[1:3])])
            elif len(words) > 2 and words[2] in named:
                yield words[1], model.operation_model(named[words[2]])

    def calls(self, line):
        if problems_of(self, line):
            return []
        return [IAM.get(service, service) + ":" + operation.name for service, operation in self.called(line)]

    def fields_of(self, line):
        """The fields that the commands of a line take and answer with."""
        found = {}
        for _, operation in self.called(line):
            for shape in (operation.input_shape, operation.output_shape):
                collect(shape, found, set())
        return found


def collect(shape, found, seen):
    if shape is None or shape.name in seen:
        return
    seen.add(shape.name)
    if shape.type_name == "structure":
        found.update((member, "a field of that command") for member in shape.members)
        for inner in shape.members.values():
            collect(inner, found, seen)
    elif shape.type_name in ("list", "map"):
        collect(shape.member if shape.type_name == "list" else shape.value, found, seen)


def element(shape):
    return shape.member if shape is not None and shape.type_name == "list" else shape


def problems_of(checker, line):
    try:
        return [problem for words in words_of(line) for problem in checker.check(words)]
    except ValueError as problem:
        return ["no shell reads that: %s" % problem]


def meaning(checker, of, fields, others):
    if of["word"] in others:
        return others[of["word"]]
    if of["beside"]:
        fields = {name: what for line in of["beside"] for name, what in checker.fields_of(line).items()}
    return fields.get(of["word"], "")


checker, asked = Checker(), json.load(sys.stdin)
fields, others = checker.vocabulary() if asked["words"] else ({}, {})
json.dump({
    "lines": [problems_of(checker, line) for line in asked["lines"] or []],
    "calls": [checker.calls(line) for line in asked["lines"] or []],
    "words": [meaning(checker, of, fields, others) for of in asked["words"] or []],
}, sys.stdout)
