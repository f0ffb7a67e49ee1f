"""What the health page says of one window: each question with its charts, and its table beside them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from django_flashcall.admin import charts
from django_flashcall.admin.charts import Bar, Chart
from django_flashcall.admin.tables import NO_BREAK_SPACE, NOTHING, Table, count, money, percent
from django_flashcall.models import Delivery
from django_flashcall.services.health import Cost, Fault, Funnel, Report, Slice

LABELED = {24: 6, 7: 1, 30: 5}
"""Of so many columns each how manieth has its label."""
FULL = "j M H:i"
REST = "••••"
"""The digits that a prefix does not have."""


@dataclass(frozen=True)
class Section:
    """A question and its answer."""

    name: str
    title: str
    table: Table
    charts: Sequence[Chart] = ()
    note: str = ""


def summary(report: Report) -> list[tuple[str, str]]:
    """Return the few figures that stand above all others."""
    if not report.total.requested:
        return []
    figures = [
        (_("Attempts"), count(report.total.requested)),
        (_("Verified"), count(report.total.verified)),
        (_("Conversion"), percent(report.total.conversion)),
        (_("Median time to verify"), _seconds(report.times.median)),
    ]
    costs = [cost for cost in report.costs if cost.channel is None]
    return figures + [(_("Cost of a verified number"), money(cost.each, cost.currency)) for cost in costs]


def sections(report: Report) -> list[Section]:
    """Return all sections, in the order in which staff ask."""
    make: list[Callable[[Report], Section]] = [_funnel, _over_time, _times, _costs, _faults, _regions, _prefixes]
    return [section(report) for section in make]


def _funnel(report: Report) -> Section:
    heads = [
        _("Channel"),
        _("Requested"),
        _("Sent"),
        _("Delivered"),
        _("Verified"),
        _("Redeemed"),
        _("Verified of sent"),
    ]
    rows = [
        [row.channel or NOTHING, *[count(value) for _word, value in _steps(row)], percent(row.conversion)]
        for row in report.funnels
    ]
    return Section(
        "funnel",
        _("From request to redeemed proof, by channel"),
        Table(_("Codes by channel"), heads, rows, empty=_("No code was sent in this time.")),
        [_steps_chart(number, row) for number, row in enumerate(report.funnels)],
        _(
            "Codes, of which an attempt may have several. Verified are those that were entered. "
            "Not every provider tells what was delivered."
        ),
    )


def _steps(funnel: Funnel) -> list[tuple[str, int]]:
    return [
        (_("Requested"), funnel.requested),
        (_("Sent"), funnel.sent),
        (_("Delivered"), funnel.delivered),
        (_("Verified"), funnel.verified),
        (_("Redeemed"), funnel.redeemed),
    ]


def _steps_chart(number: int, funnel: Funnel) -> Chart:
    bars = [Bar(word, value, count(value)) for word, value in _steps(funnel)]
    return charts.lying(
        f"flashcall-funnel-{number}", funnel.channel or NOTHING, bars, caption=funnel.channel or NOTHING
    )


def _over_time(report: Report) -> Section:
    form = "H:i" if report.window.name == "24h" else "j.m"
    bars = [Bar(_moment(row, form), row.requested, count(row.requested), row.verified) for row in report.slices]
    most = max(report.slices, key=lambda row: row.requested)
    said = _("Most attempts, %(count)s, began in the part that started at %(time)s.") % {
        "count": count(most.requested),
        "time": _moment(most, FULL),
    }
    title, legend = _("Attempts over time"), [("whole", _("attempts")), ("part", _("of them verified"))]
    chart = charts.standing("flashcall-time", bars, title=title, said=said, every=LABELED[len(bars)], legend=legend)
    heads = [_("From"), _("Attempts"), _("Verified"), _("Conversion")]
    rows = [
        [
            _moment(row, FULL).replace(" ", NO_BREAK_SPACE),
            count(row.requested),
            count(row.verified),
            percent(row.conversion),
        ]
        for row in reversed(report.slices)
        if row.requested
    ]
    return Section("time", title, Table(_("Attempts by the time they began"), heads, rows), [chart])


def _moment(row: Slice, form: str) -> str:
    return date_format(localtime(row.begins), form)


def _times(report: Report) -> Section:
    bins = report.times.bins()
    said = _("Half of those who were verified needed at most %(median)s, nine of ten at most %(p90)s.") % {
        "median": _seconds(report.times.median),
        "p90": _seconds(report.times.p90),
    }
    title, caption = _("Time to verify"), _("Verified after so many seconds")
    bars = [Bar(str(start), number, count(number), number) for start, _end, number in bins]
    chart = charts.standing("flashcall-times", bars, title=title, said=said, caption=caption)
    everybody = sum(number for *_bounds, number in bins)
    rows = [[_range(start, end), count(number), percent(number / everybody)] for start, end, number in bins if number]
    heads = [_("Seconds"), _("Verified"), _("Share")]
    table = Table(caption, heads, rows, empty=_("Nobody was verified in this time."))
    return Section("times", title, table, [chart], said)


def _range(start: int, end: int | None) -> str:
    return _("%(start)s and more") % {"start": start} if end is None else f"{start}–{end - 1}"


def _seconds(seconds: int | None) -> str:
    return NOTHING if seconds is None else _("%(seconds)s s") % {"seconds": count(seconds)}


def _costs(report: Report) -> Section:
    heads = [_("Channel"), _("Codes with a known cost"), _("Cost"), _("Cost of a verified number")]
    rows = [_cost(cost) for cost in report.costs]
    empty = _("No provider told a cost in this time.")
    note = _("What providers told so far; they may tell it hours later.")
    return Section("costs", _("What it costs"), Table(_("Cost by channel"), heads, rows, empty=empty), note=note)


def _cost(cost: Cost) -> list[str]:
    name = cost.channel or _("All channels")
    return [name, count(cost.codes), money(cost.total, cost.currency), money(cost.each, cost.currency)]


def _faults(report: Report) -> Section:
    heads = [_("Provider"), _("Channel"), _("What became of the code"), _("Error code"), _("Codes"), _("Share")]
    rows = [_fault(fault) for fault in report.faults]
    table = Table(
        _("Codes that failed, or of which nothing is known"),
        heads,
        rows,
        words=4,
        empty=_("No provider failed in this time."),
    )
    return Section("faults", _("Provider errors"), table)


def _fault(fault: Fault) -> list[str]:
    status = str(Delivery.Status(fault.status).label)
    return [
        fault.provider,
        fault.channel,
        status,
        fault.error_code or NOTHING,
        count(fault.count),
        percent(fault.share),
    ]


def _regions(report: Report) -> Section:
    bars = [Bar(row.region, row.conversion or 0, percent(row.conversion)) for row in report.regions]
    chart = charts.lying("flashcall-regions", _("Conversion by region"), bars, greatest=1)
    rows = [[row.region, count(row.requested), count(row.verified), percent(row.conversion)] for row in report.regions]
    heads = [_("Region"), _("Attempts"), _("Verified"), _("Conversion")]
    table = Table(_("Regions with most attempts"), heads, rows)
    return Section("regions", _("Conversion by region"), table, [chart])


def _prefixes(report: Report) -> Section:
    shares = [(row.prefix + REST, row.requested, row.verified, row.verified / row.requested) for row in report.prefixes]
    bars = [Bar(name, share, percent(share)) for name, _requested, _verified, share in shares]
    chart = charts.lying("flashcall-prefixes", _("Conversion by prefix"), bars, greatest=1)
    rows = [[name, count(requested), count(verified), percent(share)] for name, requested, verified, share in shares]
    heads = [_("Numbers"), _("Attempts"), _("Verified"), _("Conversion")]
    empty = _("No ten thousand neighbouring numbers had ten attempts in this time.")
    table = Table(_("Prefixes with most attempts that were not verified"), heads, rows, empty=empty)
    return Section("prefixes", _("Conversion by prefix"), table, [chart])
