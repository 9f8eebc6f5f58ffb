"""One dashboard for all cities: whoever looks chooses the city by its GEOID."""

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.alarms import PERIOD

_ANY = "0000000"
"""Stands for the GEOID in the dashboard's text; CloudWatch puts the chosen one in its place."""

_WIDE = 24
_HALF = 12


def dashboard(scope: Construct, *, registry_name: str) -> cloudwatch.Dashboard:
    """Make the dashboard of the fleet.

    A city's functions are found by its GEOID, which is a word of their names: they begin with the
    name of its stack. A new city needs no change here.

    Args:
        scope: where it stands.
        registry_name: the table of cities.
    """
    board = cloudwatch.Dashboard(
        scope,
        "Dashboard",
        default_interval=None,
        variables=[
            cloudwatch.DashboardVariable(
                id="city",
                type=cloudwatch.VariableType.PATTERN,
                value=_ANY,
                input_type=cloudwatch.VariableInputType.INPUT,
                label="City (GEOID)",
                visible=True,
                default_value=cloudwatch.DefaultValue.value(_ANY),
            )
        ],
    )
    board.add_widgets(
        cloudwatch.TextWidget(
            width=_WIDE,
            height=2,
            markdown=f"**City {_ANY}**: `citylake fleet status {_ANY}` says more.",
        )
    )
    board.add_widgets(
        _functions("Requests and runs", "Invocations", "Sum"), _functions("Errors", "Errors", "Sum")
    )
    board.add_widgets(
        _functions("Time, slowest twentieth (ms)", "Duration", "p95"),
        _functions("Refused for lack of concurrency", "Throttles", "Sum"),
    )
    board.add_widgets(
        cloudwatch.GraphWidget(
            title="Registry of cities",
            width=_WIDE,
            left=[
                cloudwatch.Metric(
                    namespace="AWS/DynamoDB",
                    metric_name=name,
                    dimensions_map={"TableName": registry_name},
                    statistic="Sum",
                    period=PERIOD,
                )
                for name in ("ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits")
            ],
        )
    )
    return board


def _functions(title: str, metric: str, statistic: str) -> cloudwatch.GraphWidget:
    # Without quotes a term is looked for among the words of a name; in quotes, as the whole name.
    return cloudwatch.GraphWidget(
        title=title,
        width=_HALF,
        left=[
            cloudwatch.MathExpression(
                expression=(
                    f'SEARCH(\'{{AWS/Lambda,FunctionName}} MetricName="{metric}" '
                    f"FunctionName={_ANY}', '{statistic}', {PERIOD.to_seconds():.0f})"
                ),
                label="",
                using_metrics={},
            )
        ],
    )
