"""The picture of an impact: one column a step, lines along the shortest paths, the rest counted."""

from itsm.cmdb import drawing


def row(pk, *path, state="down"):
    return {"id": pk, "name": path[-1], "path": list(path), "depth": len(path) - 1, "state": state}


def test_nothing_to_suffer_is_no_picture():
    assert drawing.draw([]) is None


def test_each_step_is_a_column_and_lines_follow_the_paths():
    picture = drawing.draw([row(3, "db", "app", "service", state="degraded"), row(2, "db", "app")])
    root, app, service = sorted(picture.boxes, key=lambda box: box.x)
    assert (root.title, app.title, service.title) == ("db", "app", "service")
    assert (root.tone, app.tone, service.tone) == ("red", "red", "amber")
    assert len(picture.lines) == 2
    assert all(
        box.x + drawing.WIDTH <= picture.width and box.y + drawing.HEIGHT <= picture.height for box in picture.boxes
    )


def test_a_full_column_says_how_many_more_and_long_names_are_cut():
    picture = drawing.draw([row(n, "hub", f"a very long name of a server {n}") for n in range(30)])
    last = picture.boxes[-1]
    assert "22" in last.label
    assert len(picture.boxes) == 1 + drawing.PER_COLUMN + 1
    assert all(len(box.label) <= drawing.LETTERS for box in picture.boxes)
    places = [(box.x, box.y) for box in picture.boxes]
    assert len(set(places)) == len(places)
