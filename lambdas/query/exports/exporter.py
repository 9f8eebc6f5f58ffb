"""From a question to a file."""

from collections.abc import Generator
from contextlib import ExitStack
from dataclasses import replace

from citylake.errors import ParameterInvalid
from lambdas.query.exports.columns import WGS_84
from lambdas.query.exports.export import Export
from lambdas.query.exports.formats import FORMATS, Format, find_format
from lambdas.query.exports.table import About, Table
from lambdas.query.links import BASE, dataset_path
from lambdas.query.parameters import Endpoint, Parameters, Request, read
from lambdas.query.plan import Plan
from lambdas.query.scope import Scope
from lambdas.query.search import Explorer

_CATALOG_FILE = "datasets"


class Exporter:
    """Writes files of what an explorer finds. Safe to share between threads."""

    def __init__(self, explorer: Explorer) -> None:
        self._explorer = explorer

    def export(
        self, scope: Scope, dataset_id: str, format_name: str, parameters: Parameters
    ) -> Export:
        """Export a dataset's records.

        What is wrong with the question is raised here; what only the engine finds, when its bytes
        are read.

        Raises:
            PageNotFound: no such format.
            ParameterInvalid: the reference system does not exist, or the format takes no other
                than WGS 84.
        """
        form = find_format(format_name)
        plan = self._explorer.export_plan(
            scope, dataset_id, parameters, saying=form.says, with_ids=form.has_ids
        )
        release = self._explorer.release(scope, dataset_id, parameters)
        about = About(
            name=dataset_id,
            title=release.dataset.title,
            address=scope.absolute(f"{BASE}{dataset_path(dataset_id)}"),
            published_at=release.published_at,
        )
        request = read(Endpoint.EXPORT, parameters)
        takes_gis = form.is_for_gis or request.epsg != WGS_84
        takes_more = takes_gis or form.takes_room
        if takes_gis:
            self._check_reference(form, request.epsg)
        export = self._export(plan, form, about, request)
        return replace(export, is_elsewhere=takes_more and not self._explorer.engine.is_spatial)

    def export_catalog(self, scope: Scope, format_name: str, parameters: Parameters) -> Export:
        """Export the catalog, a record per dataset.

        Raises:
            PageNotFound: no such format.
        """
        form = find_format(format_name, catalog=True)
        plan = self._explorer.catalog_export_plan(scope, parameters)
        request = read(Endpoint.CATALOG_EXPORT, parameters)
        return self._export(plan, form, About(name=_CATALOG_FILE), request)

    def attachment(
        self, scope: Scope, dataset_id: str, attachment_id: str, parameters: Parameters
    ) -> Export:
        """Give out a document beside a dataset, as it was published.

        Raises:
            AttachmentNotFound: the release has no such document.
        """
        release, attachment = self._explorer.attachment(
            scope, dataset_id, attachment_id, parameters
        )

        def chunks() -> Generator[bytes, None, None]:
            yield self._explorer.lake.attachment(release, attachment)

        return Export(
            attachment.filename,
            attachment.media_type,
            chunks(),
            is_dense=not attachment.media_type.startswith("text/"),
        )

    def _check_reference(self, form: Format, epsg: int) -> None:
        engine = self._explorer.engine
        said = f"Invalid value for epsg API parameter: {epsg} was found but"
        if not form.takes_epsg and epsg != WGS_84:
            others = ", ".join(each.name for each in FORMATS if each.takes_epsg)
            raise ParameterInvalid(
                f"{said} {WGS_84} is expected: {form.name} takes no other; {others} do."
            )
        if engine.is_spatial and not engine.knows_reference(epsg):
            raise ParameterInvalid(
                f"{said} the code of a geographic or projected reference system is expected, such "
                f"as {WGS_84} or 3857."
            )

    def _export(self, plan: Plan, form: Format, about: About, request: Request) -> Export:
        chunks = self._chunks(plan, form, about, request)
        filename = f"{about.name}.{form.extension or form.name}"
        export = Export(filename, form.content_type, chunks, is_dense=form.is_binary)
        return export.compressed() if request.compressed else export

    def _chunks(
        self, plan: Plan, form: Format, about: About, request: Request
    ) -> Generator[bytes, None, None]:
        with ExitStack() as opened:
            yield from form.write(Table(self._explorer.engine, plan, request, opened, about))
