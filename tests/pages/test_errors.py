"""Other views of a run's reconstructions on Train: errors by class, and its best, median and worst images."""

import numpy as np

from aedash.analysis.inside import judged
from aedash.ui.desk import background
from aedash.ui.desk.manager import manager


def settled(tab):
    background.settle(60)
    return tab.again()


def test_the_best_and_the_worst_of_the_map_s_images_open_their_cards(open_page, trained):
    tab = settled(open_page("train", run=trained, **{"view-errors": "Best, worst"}))
    run = manager().run(trained)
    probes = manager().history(run).probes
    found = judged(run, probes, manager().settings.data_dir)
    (grid,) = [grid for grid in tab.live("mosaic") if grid["group"] == 4]
    assert grid["foot"][0].startswith("best ")
    assert grid["touchable"]
    assert np.argmax(found.mse) == found.rows[-1]
    said = " ".join(caption.value for caption in tab.app.caption)
    assert f"Of the first {len(probes.labels)} test images, by the best weights (epoch " in said


def test_errors_by_class_and_back(open_page, trained):
    tab = settled(open_page("train", run=trained, **{"view-errors": "By class"}))
    assert tab.html.count('<i class="level">') + tab.html.count('<i class="apart">') == 10
    assert tab.query["view-errors"] == ["By class"]
    tab = open_page("train", run=trained)
    assert next(grid["columns"] for grid in tab.live("mosaic")) == 10
    assert '<div class="classbars">' not in tab.html


def test_a_recipe_has_nothing_to_judge(open_page):
    tab = open_page("train", preset="R0-simple", set=['data.name="digits"'], **{"view-errors": "By class"})
    assert '<div class="classbars">' not in tab.html
