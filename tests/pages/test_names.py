"""What people write to a run is text wherever it stands: no markup, no link, no formula, no place of a template."""

import csv
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from aedash.config import vary_all
from aedash.events import Figures, RunState
from aedash.figures.compare import Mark, Track, plane
from aedash.figures.lines import Axis, Series, line_chart, scatter_chart
from aedash.presets.base import preset
from aedash.store import Store
from aedash.ui.compare import table as compared
from aedash.ui.compare.selection import models
from aedash.ui.desk.manager import manager
from aedash.ui.runs import table
from aedash.ui.shell import frame

MARKUP = """<script>alert(1)</script>
<img src=x onerror=alert(1)>
<svg/onload=alert(1)>
<iframe src=javascript:alert(1)>
<a href="javascript:alert(1)">x</a>
"><b>bold
' onmouseover='alert(1)
</div><style>*{display:none}
<math><mtext></math>
<!-- comment
&lt;b&gt;twice
&#60;b&#62;
<body onload=alert(1)>
<input autofocus onfocus=alert(1)>
<details open ontoggle=alert(1)>
<dfn class="term">KL</dfn>
<meta http-equiv=refresh content=0>
<br><br><br><br>
<x contenteditable>
<form action=//a.b><button>""".splitlines()
MARKDOWN = """[link](javascript:alert(1))
![beacon](//a.b/c.png)
**bold** __bold__
`code`
$\\frac{1}{0}$ $$x$$
:red[red] :material/delete:
# heading
> quote
- item
---
~~gone~~
<//a.b>""".splitlines()
FORMULAS = """=1+1
+1
-1
@SUM(A1)
=HYPERLINK("//a.b")
%{x} %{customdata}
{{7*7}} ${7*7}
../../etc/passwd""".splitlines()
PAYLOADS = [*MARKUP, *MARKDOWN, *FORMULAS]
TAGS = {"script", "iframe", "svg", "math", "style", "body", "input", "form", "meta", "x", "details", "object"}
MARKED = ("markdown", "caption", "title", "header", "subheader", "info", "warning", "error", "success", "button")
MEASURED = {"test": Figures(loss=80.0, mse=0.02, terms={}, code_units=20)}


@pytest.fixture
def named(house):
    """A finished run for each payload, whose name, note, tag and group it is."""
    store = Store(house)
    config = vary_all(preset("R0-simple").config, [("data.name", "digits")])
    for text in PAYLOADS:
        run = store.create(config, "R0-simple")
        store.update(replace(run, state=RunState.FINISHED, figures=MEASURED))
        store.mark(run.id, name=text[:60], note=text, tags=(text[:30],), group=text[:60])
    store.close()
    return manager().runs()


class Dangers(HTMLParser):
    """Tags and attributes that none of our own HTML has."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        bad = [name for name, value in attrs if name.startswith("on") or (value or "").startswith("javascript:")]
        if tag in TAGS or bad or (tag, dict(attrs).get("src")) == ("img", "x"):
            self.found.append((tag, bad))


def markdown(tab):
    """All text on the page that is read as Markdown: labels of buttons, too."""
    elements = [element for kind in MARKED for element in tab.app.get(kind)]
    return "\n".join(str(getattr(each, "label", "") or getattr(each, "value", "")) for each in elements)


@pytest.mark.parametrize("page", ["home", "train", "runs", "compare", "experiments"])
def test_forty_names_are_text_on_every_page(named, open_page, page):
    assert len(PAYLOADS) == 40
    tab = open_page("home")
    tab.app.session_state[table.CHOSEN] = [named[0].id]
    tab.app.session_state["compared"] = [run.id for run in named[12:20]]
    tab.app.session_state["run"] = named[-2].id
    tab.open(page)
    assert Dangers(tab.html).found == []
    said = markdown(tab)
    assert [text for text in MARKDOWN if text in said] == []
    tab.app.session_state["compared"] = [run.id for run in named[-8:]]
    tab.app.session_state[table.CHOSEN] = [named[-1].id]
    assert Dangers(tab.again().html).found == []


def test_the_table_has_them_as_they_are(named, open_page):
    """The browser writes them as text, see the component."""
    found = open_page("runs").live("runs")[0]["lines"]
    assert {line["cells"][0] for line in found} == {text[:60] for text in PAYLOADS}


def test_markdown_shows_just_the_text():
    for text in PAYLOADS:
        assert re.sub(r"\\(.)", r"\1", frame.literal(text)) == text.replace("\\", "") or "\\" in text
        assert not re.search(r"(?<!\\)[\[\]<>*_`$:#|~]", frame.literal(text).replace("\\\\", ""))


def test_no_spreadsheet_takes_one_for_a_formula(named, house):
    shown = models(named)
    rows = [compared.Row(each.name, each.data, dict.fromkeys(compared.COLUMNS), each) for each in shown]
    cells = list(csv.reader(io.StringIO(compared.csv_text(shown, rows))))
    assert len(cells) == len(PAYLOADS) + 1
    assert not [cell for line in cells for cell in line if cell[:1] in tuple("=+-@\t\r")]


def drawn_of(text):
    """Charts in which a name stands beside a point and at a line."""
    x, y = Axis("x"), Axis("y")
    yield line_chart([Series(text, [1, 2], [1, 2], named=True)], x, y, False)
    yield scatter_chart([(text, 1, 1)], [], x, y, False)
    track = Track(text, [1, 2], [1, 2], ("#000000", "#FFFFFF"))
    yield plane([Mark(text, 1, 1, "#000000")], [track], ("x", "y"), True)


def test_plotly_shows_just_the_text():
    ours = re.compile(r"<br>|<extra></extra>|%\{[xy]:\.4g\}|%\{text\}")
    for text in PAYLOADS:
        for figure in drawn_of(text):
            drawn = json.loads(figure.to_json())
            told = json.dumps([drawn["data"], drawn["layout"].get("annotations", [])], ensure_ascii=False)
            assert "<" not in ours.sub("", told)
            assert "%{x}" not in told
