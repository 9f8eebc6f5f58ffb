"""The platform stands where its operators want it; edge and marketplace stand in us-east-1."""

from pathlib import Path

from aws_cdk import App

from infra.app import Choices, synthesise
from infra.code import Layer, Target, layer_folder
from tests.infra.assembly import PLATFORM, SELLING, Assembly


def test_another_region_moves_all_but_the_edge_and_the_marketplace(tmp_path: Path) -> None:
    for layer in Layer:
        stands_in = layer_folder(layer, Target.HOST, tmp_path) / "python" / "stands_in.py"
        stands_in.parent.mkdir(parents=True)
        stands_in.touch()
    chosen = Choices(
        region="us-west-2",
        target=Target.HOST,
        is_scheduled=False,
        layers_root=tmp_path,
        selling=SELLING,
    )
    app = App(outdir=str(tmp_path / "assembly"), analytics_reporting=False)

    assembly = Assembly(synthesise(app, chosen))

    regions = {
        stack: {
            destination["region"]
            for asset in assembly.assets(stack).values()
            for destination in asset["destinations"].values()
        }
        for stack in (*PLATFORM, "Citylake-Ground")
    }
    assert regions == {
        **{stack: {"us-west-2"} for stack in PLATFORM},
        "Citylake-Edge": {"us-east-1"},
        "Citylake-Ground": {"us-east-1"},
        "Citylake-Marketplace": {"us-east-1"},
    }
    assert "execute-api.us-west-2." in assembly.text("Citylake-Edge")
    ours = [
        function["Properties"]
        for _, _, function in assembly.kinds("AWS::Lambda::Function")
        if function["Properties"]["Runtime"].startswith("python")
    ]
    assert {tuple(each["Architectures"]) for each in ours} == {("x86_64",)}
    schedules = [each["Properties"] for _, _, each in assembly.kinds("AWS::Scheduler::Schedule")]
    assert [each["State"] for each in schedules] == ["DISABLED"] * 3
    # What the marketplace is given, it finds in its own region, and it works on the platform's.
    asked = {
        parameter["Default"]
        for parameter in assembly.template("Citylake-Marketplace")["Parameters"].values()
        if parameter["Type"] == "AWS::SSM::Parameter::Value<String>"
        and parameter["Default"].startswith("/citylake/")
    }
    put = {
        resource["Properties"]["Name"]
        for stack, _, resource in assembly.kinds("AWS::SSM::Parameter")
        if stack == "Citylake-Ground"
    }
    assert asked == put
    text = assembly.text("Citylake-Marketplace")
    assert ":dynamodb:us-west-2:" in text
    assert ":events:us-west-2:" in text
    assert '"CITYLAKE_PLATFORM_REGION": "us-west-2"' in text
