"""A chart is a table that is also drawn: the same numbers feed the picture and the table beside it."""

from dataclasses import dataclass, field

BAR, LINE, PIE = "bar", "line", "pie"


@dataclass(frozen=True)
class Chart:
    id: str
    title: str
    kind: str
    labels: list
    # name -> one value per label; None where nothing was counted
    series: dict
    unit: str = ""
    note: str = ""
    stacked: bool = field(default=False)

    @property
    def data_id(self):
        return f"{self.id}-data"

    @property
    def drawing(self):
        """What static/js/charts.js draws."""
        return {
            "kind": self.kind,
            "labels": [str(label) for label in self.labels],
            "series": [{"name": str(name), "values": list(values)} for name, values in self.series.items()],
            "unit": str(self.unit),
            "stacked": self.stacked,
        }

    @property
    def rows(self):
        """[label, value of each series], for the table."""
        return [[label, *(values[place] for values in self.series.values())] for place, label in enumerate(self.labels)]
