"""One synthesis for all tests of the cloud: the platform and two cities, one with a domain."""

import pytest
from aws_cdk import App

from infra.app import Choices, synthesise
from infra.code import Layer, Target, layer_folder
from infra.nag import check
from infra.register import city
from tests.infra.assembly import BOULDER, DURHAM, SELLING, Assembly


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """Synthesise, with a file each in place of layers, and hold it to cdk-nag."""
    root = tmp_path_factory.mktemp("project")
    for layer in Layer:
        packages = layer_folder(layer, Target.ARM64, root) / "python"
        packages.mkdir(parents=True)
        (packages / "stands_in.py").write_text(f"LAYER = {layer.value!r}\n")
    app = App(outdir=str(tmp_path_factory.mktemp("assembly")), analytics_reporting=False)
    check(app)
    cities = (city(DURHAM), city(BOULDER, domain="data.boulder.example.gov"))
    return Assembly(synthesise(app, Choices(layers_root=root, cities=cities, selling=SELLING)))
