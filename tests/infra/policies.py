"""IAM, as far as our templates use it: may this role do this to that?

Roles are read from synthesised templates, with every reference replaced by the value that it would
have once deployed. What is not understood is an error, never a guess: an intrinsic, an element of a
statement or an operator of a condition that is not written down here fails the test that meets it.

Source:
    IAM User Guide, "Policy evaluation logic": an explicit denial wins; what no statement allows is
    denied; a permissions boundary allows nothing by itself and bounds what is allowed.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

Statement = Mapping[str, Any]

ACCOUNT = "111122223333"
REGION = "us-east-1"

_PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Region": REGION,
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::NoValue": "",
}
_BLANK = re.compile(r"\$\{([^}]+)\}")
_ELEMENTS = frozenset({"Sid", "Effect", "Action", "Resource", "Condition", "Principal"})
_SERVICE = {
    "AWS::S3::Bucket": "s3:::{id}",
    "AWS::Lambda::Function": "lambda:{region}:{account}:function:{id}",
    "AWS::SQS::Queue": "sqs:{region}:{account}:{id}",
    "AWS::Logs::LogGroup": "logs:{region}:{account}:log-group:{id}:*",
    "AWS::IAM::Role": "iam::{account}:role/{id}",
    "AWS::IAM::ManagedPolicy": "iam::{account}:policy/{id}",
    "AWS::DynamoDB::Table": "dynamodb:{region}:{account}:table/{id}",
    "AWS::StepFunctions::StateMachine": "states:{region}:{account}:stateMachine:{id}",
    "AWS::Events::Rule": "events:{region}:{account}:rule/{id}",
}
_REFERRED_TO_BY_ARN = {"AWS::IAM::ManagedPolicy", "AWS::StepFunctions::StateMachine"}


@dataclass(frozen=True, slots=True)
class Deployed:
    """A template as if it were deployed.

    Attributes:
        stack: its name, with which CloudFormation begins the names of what is in it.
        template: the template.
        parameters: values of its parameters.
        exports: what other stacks export.
    """

    stack: str
    template: Mapping[str, Any]
    parameters: Mapping[str, str]
    exports: Mapping[str, str] = field(default_factory=dict)

    def name_of(self, logical_id: str) -> str:
        """The name that CloudFormation gives to a resource."""
        if self.template["Resources"][logical_id]["Type"] == "AWS::S3::Bucket":
            return f"{self.stack}-{logical_id}".lower()
        return f"{self.stack}-{logical_id}"

    def arn_of(self, logical_id: str) -> str:
        """A resource's ARN."""
        kind = self.template["Resources"][logical_id]["Type"]
        rest = _SERVICE[kind].format(id=self.name_of(logical_id), region=REGION, account=ACCOUNT)
        return f"arn:aws:{rest}"

    def resolve(self, value: Any) -> Any:
        """Replace every reference by what it refers to."""
        match value:
            case str() | int() | float():
                return value
            case list():
                return [self.resolve(each) for each in value]
            case {"Ref": str(name)}:
                return self._ref(name)
            case {"Fn::GetAtt": [str(name), "Arn"]}:
                return self.arn_of(name)
            case {"Fn::GetAtt": [str(name), "Name"]}:
                return self.name_of(name)
            case {"Fn::Join": [str(between), list(parts)]}:
                return between.join(self.resolve(part) for part in parts)
            case {"Fn::Sub": str(text)}:
                return _BLANK.sub(lambda blank: self._ref(blank[1]), text)
            case {"Fn::ImportValue": inner}:
                return self.exports[self.resolve(inner)]
            case dict() if not any(key.startswith("Fn::") for key in value):
                return {key: self.resolve(each) for key, each in value.items()}
        raise ValueError(f"{self.stack}: no rule to resolve {value!r}")

    def _ref(self, name: str) -> str:
        if name in _PSEUDO:
            return _PSEUDO[name]
        if name in self.parameters:
            return self.parameters[name]
        if self.template["Resources"][name]["Type"] in _REFERRED_TO_BY_ARN:
            return self.arn_of(name)
        return self.name_of(name)

    def roles(self) -> Iterator[tuple[str, str]]:
        """Functions and the logical ids of their roles."""
        for name, resource in self.template["Resources"].items():
            if resource["Type"] == "AWS::Lambda::Function":
                yield name, resource["Properties"]["Role"]["Fn::GetAtt"][0]

    def statements_of(self, role: str) -> list[Statement]:
        """What a role's policies say."""
        resources = self.template["Resources"].values()
        own = self.template["Resources"][role]["Properties"]
        assert not own.get("ManagedPolicyArns"), f"{role} has policies that are not ours"
        documents = [policy["PolicyDocument"] for policy in own.get("Policies", ())]
        documents += [
            policy["Properties"]["PolicyDocument"]
            for policy in resources
            if policy["Type"] == "AWS::IAM::Policy"
            and {"Ref": role} in policy["Properties"]["Roles"]
        ]
        return [statement for each in documents for statement in self.resolve(each)["Statement"]]

    def bucket_statements(self) -> list[Statement]:
        """What the policies of this template's buckets say."""
        return [
            statement
            for resource in self.template["Resources"].values()
            if resource["Type"] == "AWS::S3::BucketPolicy"
            for statement in self.resolve(resource["Properties"]["PolicyDocument"])["Statement"]
        ]


@dataclass(frozen=True, slots=True)
class Role:
    """A role: its own policies, the boundary around it, and what buckets say of everyone."""

    own: Sequence[Statement]
    boundary: Sequence[Statement] | None = None
    buckets: Sequence[Statement] = ()

    def may(self, action: str, resource: str, **context: str) -> bool:
        """Whether a request is allowed.

        Args:
            action: ``s3:GetObject``.
            resource: ARN.
            context: keys of the request, ``:`` written as two underscores.
        """
        facts = {"aws:SecureTransport": "true", "s3:TlsVersion": "1.3"}
        facts |= {key.replace("__", ":"): value for key, value in context.items()}
        everything = [*self.own, *(self.boundary or ()), *self.buckets]
        if any(_applies(each, "Deny", action, resource, facts) for each in everything):
            return False
        sides = [self.own] if self.boundary is None else [self.own, self.boundary]
        return all(
            any(_applies(each, "Allow", action, resource, facts) for each in side) for side in sides
        )


def _applies(
    statement: Statement, effect: str, action: str, resource: str, facts: Mapping[str, str]
) -> bool:
    if unknown := statement.keys() - _ELEMENTS:
        raise ValueError(f"no rule for {sorted(unknown)} of a statement")
    return (
        statement["Effect"] == effect
        and any(fnmatchcase(action.lower(), each.lower()) for each in listed(statement["Action"]))
        and any(_matches(resource, each) for each in listed(statement["Resource"]))
        and all(
            _holds(operator, key, expected, facts)
            for operator, keys in statement.get("Condition", {}).items()
            for key, expected in keys.items()
        )
    )


def _holds(operator: str, key: str, expected: Any, facts: Mapping[str, str]) -> bool:
    held = facts.get(key)
    if held is None:
        return False
    wanted = [str(each) for each in listed(expected)]
    match operator:
        case "StringEquals" | "ArnEquals":
            return held in wanted
        case "StringLike" | "ArnLike" | "ForAllValues:StringLike":  # a request has one value here
            return any(_matches(held, each) for each in wanted)
        case "Bool":
            return held.lower() in {each.lower() for each in wanted}
        case "NumericLessThan":
            return any(float(held) < float(each) for each in wanted)
    raise ValueError(f"no rule for the condition {operator}")


def _matches(text: str, pattern: str) -> bool:
    """IAM's patterns know ``*`` and ``?`` alone; brackets mean themselves."""
    return fnmatchcase(text, pattern.replace("[", "[[]"))


def listed(value: Any) -> list[Any]:
    """What IAM lets one write alone or as a list, as a list."""
    return value if isinstance(value, list) else [value]
