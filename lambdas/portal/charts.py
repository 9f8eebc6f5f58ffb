"""Charts: one definition gives the picture, the table and the sentence, so they cannot disagree."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from typing import Any, assert_never

from citylake.datasets import Chart, ChartKind, Dataset, Field
from lambdas.portal import translations, wording
from lambdas.portal.questions import Record
from lambdas.portal.translations import _, noted, told

_INK = "#14333d"
_QUIET = "#565c65"
_GRID = "#dfe1e2"
_TRACK = "#e7f2f5"

# Tokens of the design system: blue-cool-60v, orange-warm-50v, violet-70v, gray-60, green-cool-50v.
# Each series has a shape of its own as well: no color carries a meaning alone.
_COLORS = ("#07648d", "#cf4900", "#54278f", "#5c5c5c", "#008817")
_SHAPES = ("circle", "square", "triangle-up", "diamond", "triangle-down")
_DASHES = ((1, 0), (6, 3), (2, 3), (10, 3, 2, 3), (4, 2))
"""How the lines of a trend without points differ, beside their color."""

_WHOLE_PCT = 100
_STEADY_PCT = 0.5
_ROSE = noted(
    "%(figure)s rose: %(before)s in %(since)s, %(now)s in %(time)s, a change of %(change)s"
)
_FELL = noted(
    "%(figure)s fell: %(before)s in %(since)s, %(now)s in %(time)s, a change of %(change)s"
)
_STEADY = noted(
    "%(figure)s stayed about level: %(before)s in %(since)s, %(now)s in %(time)s, "
    "a change of %(change)s"
)
_LEAST_SPREAD = 0.1
"""Values that spread by less than this share of the largest would be a flat line above zero."""


class Size(StrEnum):
    """The widths in which a chart is drawn, in CSS pixels."""

    WIDE = "wide"
    SMALL = "small"


_WIDTHS = {Size.WIDE: 720, Size.SMALL: 340}
_LABELS = {Size.WIDE: 10, Size.SMALL: 5}
_MOST_POINTS = 40
"""Moments beyond which the points of a trend would hide its line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """What one chart shows.

    Attributes:
        title: what it shows.
        sentence: the same in words.
        columns: headings of the table; the first ones name a row.
        heads: how many of the columns name a row.
        rows: cells of the table, worded.
        marks: data of the picture, one mapping per mark.
        kind: shape of the picture.
        unit: unit of the values.
        from_zero: whether the axis of values begins at zero.
        series: names of the series, in the order of the table.
    """

    title: str
    sentence: str
    columns: tuple[str, ...]
    heads: int
    rows: tuple[tuple[str, ...], ...]
    marks: tuple[Mapping[str, Any], ...]
    kind: ChartKind
    unit: str
    from_zero: bool
    series: tuple[str, ...] = ()


def draw(dataset: Dataset, records: Sequence[Record]) -> Drawing | None:
    """Draw a dataset's chart of one place.

    Args:
        dataset: whose ``chart`` is drawn.
        records: the place's records, the oldest first.

    Returns:
        ``None`` if the dataset has no chart, or no record has what it shows.
    """
    chart = dataset.chart
    if chart is None:
        return None
    match chart.kind:
        case ChartKind.TREND:
            return _trend(dataset, chart, records)
        case ChartKind.BARS:
            return _bars(dataset, chart, records)
        case ChartKind.PARTS:
            return _parts(dataset, chart, records)
    assert_never(chart.kind)


def _trend(dataset: Dataset, chart: Chart, records: Sequence[Record]) -> Drawing | None:
    field = dataset.field(chart.fields[0])
    present = [record for record in records if record.get(field.name) is not None]
    if not present:
        return None
    decimals = decimals_of(dataset, field)
    lines: dict[str, list[tuple[Any, float]]] = {}
    for record in present:
        series = told(str(record.get(dataset.series_field) or ""))
        lines.setdefault(series, []).append((record[dataset.time_field], record[field.name]))
    values = [value for line in lines.values() for _, value in line]
    from_zero = is_drawn_from_zero(values)
    newest = _newest(lines)
    marks = [
        {
            "time": time,
            "value": value,
            "series": series,
            "line": f"{series} {part}",
            "text": wording.quantity(value, field.unit, decimals),
            "is_newest": series == newest and index == len(line) - 1,
        }
        for series, line in lines.items()
        for index, (part, (time, value)) in enumerate(
            zip(parts_of([time for time, _ in line]), line, strict=True)
        )
    ]
    time_label = told(dataset.field(dataset.time_field).label)
    with_series = len(lines) > 1
    return Drawing(
        title=told(chart.title),
        sentence=_trend_sentence(field, lines, decimals, from_zero=from_zero),
        columns=(time_label, *((_series_label(dataset),) if with_series else ()), _heading(field)),
        heads=2 if with_series else 1,
        rows=tuple(
            (
                wording.moment(mark["time"]),
                *((str(mark["series"]),) if with_series else ()),
                str(mark["text"]),
            )
            for mark in marks
        ),
        marks=tuple(marks),
        kind=chart.kind,
        unit=field.unit,
        from_zero=from_zero,
        series=tuple(lines),
    )


def _newest(lines: Mapping[str, Sequence[tuple[Any, float]]]) -> str:
    """The series that reaches furthest."""
    return max(lines, key=lambda series: str(lines[series][-1][0]))


def parts_of(times: Sequence[Any]) -> list[int]:
    """Number the unbroken parts of a line: a gap wider than its usual step breaks it."""
    if not all(isinstance(time, int) for time in times):
        return [0] * len(times)
    steps = [after - before for before, after in pairwise(times)]
    usual = min(steps, default=0)
    numbers = [0] * bool(times)
    for step in steps:
        numbers.append(numbers[-1] + (step > usual))
    return numbers


def is_drawn_from_zero(values: Sequence[float]) -> bool:
    """Whether the axis of these values begins at zero; a line far above it would be flat."""
    return max(values) - min(values) >= _LEAST_SPREAD * max(values)


def _trend_sentence(
    field: Field,
    lines: Mapping[str, Sequence[tuple[Any, float]]],
    decimals: int,
    *,
    from_zero: bool,
) -> str:
    newest = _newest(lines)
    line = lines[newest]
    (first_time, first), (last_time, last) = line[0], line[-1]
    now = wording.quantity(last, field.unit, decimals)
    last_moment = wording.moment(last_time)
    if len(line) == 1:
        text = _(
            "%(figure)s: %(now)s in %(time)s", figure=told(field.label), now=now, time=last_moment
        )
    else:
        change = wording.change(last, first, field.unit, decimals, wording.moment(first_time))
        steady = first > 0 and abs(last - first) / first * 100 < _STEADY_PCT
        moved = _STEADY if steady else _ROSE if last > first else _FELL
        text = _(
            moved,
            figure=told(field.label),
            before=wording.quantity(first, field.unit, decimals),
            since=change.since,
            now=now,
            time=last_moment,
            change=change.text,
        )
    sentences = [f"{text} ({newest})." if newest and len(lines) > 1 else f"{text}."]
    if len(lines) > 1:
        sentences.append(
            _(
                "The %(count)s series were counted in different ways and do not continue each "
                "other: %(names)s.",
                count=len(lines),
                names=wording.listed(tuple(lines)),
            )
        )
    if not from_zero and len(line) > 1:
        sentences.append(_("The scale does not begin at zero."))
    return " ".join(sentences)


def _bars(dataset: Dataset, chart: Chart, records: Sequence[Record]) -> Drawing | None:
    found = _newest_with(chart, records)
    if found is None:
        return None
    fields = [dataset.field(name) for name in chart.fields if found.get(name) is not None]
    values = [(field, found[field.name]) for field in fields]
    ranked = sorted(values, key=lambda pair: -pair[1])
    worded = {
        field.name: wording.quantity(value, field.unit, decimals_of(dataset, field))
        for field, value in values
    }
    first, *others = [f"{told(field.label)} ({worded[field.name]})" for field, __ in ranked]
    return Drawing(
        title=told(chart.title),
        sentence=_bars_sentence(_opening(dataset, found), first, others, ranked[0][1] == 0),
        columns=("", _measure(fields[0])),
        heads=1,
        rows=tuple((told(field.label), worded[field.name]) for field, __ in values),
        marks=tuple(
            {"label": told(field.label), "value": value, "text": worded[field.name]}
            for field, value in values
        ),
        kind=chart.kind,
        unit=fields[0].unit,
        from_zero=True,
    )


def _parts(dataset: Dataset, chart: Chart, records: Sequence[Record]) -> Drawing | None:
    found = _newest_with(chart, records)
    if found is None:
        return None
    fields = [dataset.field(name) for name in chart.fields if found.get(name) is not None]
    total = sum(found[field.name] for field in fields)
    if total <= 0:
        return None
    parts = [(field, found[field.name], 100 * found[field.name] / total) for field in fields]
    ranked = sorted((part for part in parts if part[1] > 0), key=lambda part: -part[1])
    first, *others = [f"{told(field.label)} ({_share(share)})" for field, __, share in ranked]
    whole = wording.quantity(total, fields[0].unit, decimals_of(dataset, fields[0]))
    return Drawing(
        title=told(chart.title),
        sentence=_parts_sentence(_opening(dataset, found), whole, first, others),
        columns=("", _measure(fields[0]), _("Share")),
        heads=1,
        rows=tuple(
            (
                told(field.label),
                wording.quantity(value, field.unit, decimals_of(dataset, field)),
                _share(share),
            )
            for field, value, share in parts
        ),
        marks=tuple(
            {
                "label": told(field.label),
                "value": share,
                "text": f"{_share(share)} "
                f"({wording.quantity(value, field.unit, decimals_of(dataset, field))})",
            }
            for field, value, share in parts
        ),
        kind=chart.kind,
        unit=wording.PERCENT,
        from_zero=True,
    )


def _newest_with(chart: Chart, records: Sequence[Record]) -> Record | None:
    """The newest record that has any of what the chart shows."""
    has_any = (
        record
        for record in reversed(records)
        if any(record.get(name) is not None for name in chart.fields)
    )
    return next(has_any, None)


def _opening(dataset: Dataset, record: Record) -> str:
    if not dataset.time_field:
        return _("Of what is drawn")
    return _("In %(time)s", time=wording.moment(record[dataset.time_field]))


def _bars_sentence(
    opening: str, first: str, others: Sequence[str], everything_is_zero: bool
) -> str:
    if everything_is_zero:
        return _("%(opening)s, all of these are zero.", opening=opening)
    if not others:
        return _("%(opening)s, the largest is %(first)s.", opening=opening, first=first)
    return _(
        "%(opening)s, the largest is %(first)s, followed by %(others)s.",
        opening=opening,
        first=first,
        others=wording.listed(others),
    )


def _parts_sentence(opening: str, whole: str, first: str, others: Sequence[str]) -> str:
    if not others:
        return _(
            "%(opening)s, the largest part of %(whole)s is %(first)s.",
            opening=opening,
            whole=whole,
            first=first,
        )
    return _(
        "%(opening)s, the largest part of %(whole)s is %(first)s, followed by %(others)s.",
        opening=opening,
        whole=whole,
        first=first,
        others=wording.listed(others),
    )


def _share(share: float) -> str:
    return wording.quantity(share, wording.PERCENT, 1)


def _heading(field: Field) -> str:
    label = told(field.label)
    if not field.unit or field.unit.lower() in field.label.lower():
        return label
    return f"{label} ({translations.unit(field.unit)})"


def _measure(field: Field) -> str:
    """Head the values of several fields by what they share, their unit."""
    if field.unit == wording.PERCENT:
        return _("Percent")
    unit = translations.unit(field.unit)
    return unit[:1].upper() + unit[1:] or _("Value")


def _series_label(dataset: Dataset) -> str:
    return told(dataset.field(dataset.series_field).label)


def decimals_of(dataset: Dataset, field: Field) -> int:
    """Digits after the point: those of the figure that shows the field, else one for fractions."""
    for figure in dataset.figures:
        if figure.field == field.name:
            return figure.decimals
    return 0 if field.type == "int" else 1


def specification(drawing: Drawing, size: Size) -> dict[str, Any]:
    """Write a drawing as a Vega-Lite specification."""
    spec: dict[str, Any] = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "description": drawing.sentence,
        "background": None,
        "width": _WIDTHS[size],
        "autosize": {"type": "fit", "contains": "padding"},
        "data": {"values": list(drawing.marks)},
        "config": _config(),
    }
    match drawing.kind:
        case ChartKind.TREND:
            return {**spec, "height": 340, **_trend_layers(drawing, size)}
        case ChartKind.BARS | ChartKind.PARTS:
            return {**spec, "height": 54 * len(drawing.marks), **_bar_layers(drawing)}
    assert_never(drawing.kind)


def _trend_layers(drawing: Drawing, size: Size) -> dict[str, Any]:
    times = [mark["time"] for mark in drawing.marks]
    values = [mark["value"] for mark in drawing.marks]
    years = all(isinstance(time, int) for time in times)
    most_labels = _LABELS[size]
    x: dict[str, Any] = {
        "field": "time",
        "type": "quantitative" if years else "ordinal",
        "axis": {"title": None, "grid": False, "labelAngle": 0},
    }
    if years:
        step = _step(max(times) - min(times), most_labels)
        x["axis"] |= {"format": "d", "values": list(range(max(times), min(times) - 1, -step))}
        x["scale"] = {"domain": [min(times), max(times)], "nice": False, "padding": 28}
    else:
        moments = sorted(set(times), reverse=True)
        # Quarters and months are wider than years: half as many labels, the newest among them.
        labelled = moments[:: _step(len(moments), most_labels // 2)]
        x["axis"] |= {"values": labelled, "labelOverlap": False}
    y = {
        "field": "value",
        "type": "quantitative",
        "axis": {"title": None, "tickCount": 5, "labelExpr": _axis_label(drawing.unit)},
        "scale": {"domain": [min(0, 1.15 * min(values)), 1.15 * max(0, *values)], "nice": False}
        if drawing.from_zero
        else {"zero": False, "nice": True, "padding": 12},
    }
    by_series: dict[str, Any] = {}
    dashed: dict[str, Any] = {}
    if len(drawing.series) > 1:
        legend = {
            "title": None,
            "orient": "top",
            "direction": "horizontal" if size is Size.WIDE else "vertical",
            "labelLimit": 320,
        }
        domain = list(drawing.series)
        by_series = {
            "color": {
                "field": "series",
                "legend": legend,
                "scale": {"domain": domain, "range": _cycled(_COLORS, len(domain))},
            },
            "shape": {
                "field": "series",
                "legend": legend,
                "scale": {"domain": domain, "range": _cycled(_SHAPES, len(domain))},
            },
        }
        dashed = {
            "strokeDash": {
                "field": "series",
                "legend": legend,
                "scale": {"domain": domain, "range": _cycled(_DASHES, len(domain))},
            }
        }
    color = {"color": by_series["color"]} if by_series else {}
    label = {
        "transform": [{"filter": "datum.is_newest"}],
        "mark": {"type": "text", "dy": -16, "align": "right", "dx": 14, "fontSize": 16},
        "encoding": {"text": {"field": "text"}, **color},
    }
    has_points = len(set(times)) <= _MOST_POINTS
    dashes = {} if has_points else dashed
    points = {
        "mark": {"type": "point", "filled": True, "size": 60, "opacity": 1},
        "encoding": by_series,
    }
    return {
        "encoding": {"x": x, "y": y},
        "layer": [
            {
                "mark": {"type": "line", "strokeWidth": 2.5},
                "encoding": {"detail": {"field": "line"}, **color, **dashes},
            },
            *([points] if has_points else []),
            label,
        ],
    }


def _step(span: int, most: int) -> int:
    """How far labels stand apart so that no more than ``most`` of them follow the first."""
    return max(1, -(-span // most))


def _bar_layers(drawing: Drawing) -> dict[str, Any]:
    """Each bar below its label and its value, so that long labels fit a phone as well."""
    largest = max(mark["value"] for mark in drawing.marks)
    whole = 100 if drawing.unit == wording.PERCENT and largest <= _WHOLE_PCT else largest
    above = {"baseline": "middle", "dy": -13}
    below = {"type": "bar", "height": 12, "yOffset": 9, "cornerRadius": 3}
    return {
        "encoding": {
            "y": {
                "field": "label",
                "type": "nominal",
                "sort": [mark["label"] for mark in drawing.marks],
                "axis": None,
            }
        },
        "layer": [
            {
                "mark": {**below, "color": _TRACK},
                "encoding": {"x": {"datum": whole or 1, "type": "quantitative", "axis": None}},
            },
            {
                "mark": {**below, "color": _COLORS[0]},
                "encoding": {
                    "x": {
                        "field": "value",
                        "type": "quantitative",
                        "axis": None,
                        "scale": {"domain": [0, whole or 1], "nice": False},
                    }
                },
            },
            {
                "mark": {"type": "text", "align": "left", **above},
                "encoding": {"text": {"field": "label"}, "x": {"value": 0}},
            },
            {
                "mark": {"type": "text", "align": "right", **above},
                "encoding": {"text": {"field": "text"}, "x": {"value": "width"}},
            },
        ],
    }


def _axis_label(unit: str) -> str:
    match unit:
        case wording.DOLLARS:
            return "'$' + format(datum.value, ',')"
        case wording.PERCENT:
            return f"format(datum.value, ',') + '{wording.percent_sign()}'"
        case _:
            return "format(datum.value, ',')"


def _cycled(values: Sequence[Any], count: int) -> list[Any]:
    return [values[index % len(values)] for index in range(count)]


def _config() -> dict[str, Any]:
    font = "Public Sans, system-ui, sans-serif"
    return {
        "font": font,
        "view": {"stroke": None},
        "mark": {"color": _COLORS[0]},
        "text": {"fontSize": 14, "fill": _INK},
        "axis": {
            "labelColor": _QUIET,
            "labelFontSize": 14,
            "gridColor": _GRID,
            "domainColor": _GRID,
            "tickColor": _GRID,
        },
        "legend": {"labelColor": _INK, "labelFontSize": 14, "symbolSize": 90},
    }


def render(spec: Mapping[str, Any], font: str) -> bytes:
    """Draw a specification as SVG.

    Args:
        spec: Vega-Lite.
        font: style sheet that brings the letters along, since a picture cannot reach the page's.
    """
    return _render(json.dumps(spec, sort_keys=True), font)


@lru_cache(maxsize=512)
def _render(spec: str, font: str) -> bytes:
    import vl_convert  # noqa: PLC0415  # 70 ms and a JavaScript engine that only pictures need

    drawn: str = vl_convert.vegalite_to_svg(json.loads(spec))
    head, end, body = drawn.partition(">")
    return f"{head}{end}<style>{font}</style>{body}".encode()
