"""Forms: a config's fields as widgets. Bounds, tooltip and kind of widget come from the field."""

from collections.abc import Callable
from math import floor, log10
from typing import Any, Literal, get_args, get_origin

import streamlit as st
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from aedash import words
from aedash.config import ArchitectureConfig, CorruptionConfig, fixed

Edit = Callable[[str, Any], None]


def fields(part: BaseModel, path: str, edit: Edit, version: int, only: tuple[str, ...] = (), but: str = "") -> None:
    """One widget for each field with a choice (or for `only` some, or for all but one); a change calls
    `edit(path, value)`.

    version: part of every widget's key, so that a new version takes its values from `part` again.
    """
    for name, info in type(part).model_fields.items():
        if name not in ("name", but) and (not only or name in only) and not fixed(info):
            field(f"{path}.{name}" if path else name, info, getattr(part, name), edit, version)


def main(part: ArchitectureConfig | CorruptionConfig, path: str, edit: Edit, version: int) -> None:
    """The widget of the part's main field; nothing where it has none.

    It shows what is in the part, whoever changed that, and stays the same widget meanwhile.
    """
    *layers, name = part.main.split(".")
    owner = getattr(part, layers[0])[-1] if layers else part
    info = type(owner).model_fields.get(name)
    if info is None:
        return
    key = f"main-{path}.{part.main}#{version}"
    value, number = getattr(owner, name), type(info.default)

    def changed() -> None:
        now = st.session_state[key]
        if layers:
            edit(f"{path}.{layers[0]}", [*getattr(part, layers[0])[:-1], {**owner.model_dump(), name: now}])
        else:
            edit(f"{path}.{name}", now)

    if st.session_state.get(key) != value:
        st.session_state[key] = value
    step, shown = (1, "%d") if number is int else (5 * _step(info.default), "%.4g")
    label = words.capital(words.field(f"{path}.{part.main}"))
    st.number_input(label, None, None, step=step, format=shown, key=key, help=info.description, on_change=changed)


def field(
    path: str,
    info: FieldInfo,
    value: Any,
    edit: Edit,
    version: int | str,
    width: Any = "stretch",
    label: str = "",
) -> None:
    """The widget of one field; without a label of its own it bears the field's name."""
    key = f"{path}#{version}"
    label, common = label or words.label(path), {"help": info.description, "key": key, "width": width}

    def changed() -> None:
        edit(path, st.session_state[key])

    inner = _inner(info.annotation)
    if get_origin(inner) is Literal:
        options = list(get_args(inner))
        st.selectbox(label, options, options.index(value), words.option, on_change=changed, **common)
    elif inner is bool:
        st.toggle(label, value, on_change=changed, **common)
    elif inner in (int, float):
        step = inner(1) if inner is int else _step(value)
        shown = "%d" if inner is int else "%.4g"
        # no bounds here: the browser would keep a value beyond them to itself, and the old one would be trained
        st.number_input(label, None, None, inner(value), step, format=shown, on_change=changed, **common)
    elif get_origin(inner) is tuple and isinstance(_item(inner), type) and issubclass(_item(inner), BaseModel):
        _layers(path, _item(inner), value, info, edit, version)
    else:
        _widths(path, info, value, edit, version)


def bounds(info: FieldInfo, kind: type) -> tuple[Any, Any]:
    """(lowest, highest) value that the widget allows; an open lower bound begins at a millionth."""
    found = {k: getattr(m, k) for m in info.metadata for k in ("ge", "gt", "le") if hasattr(m, k)}
    low = found.get("ge", 1e-6 if "gt" in found else None)
    return (None if low is None else kind(low)), (None if "le" not in found else kind(found["le"]))


def _inner(annotation: Any) -> Any:
    """The type without None."""
    options = [option for option in get_args(annotation) if option is not type(None)]
    return options[0] if type(None) in get_args(annotation) else annotation


def _item(annotation: Any) -> Any:
    return get_args(annotation)[0]


def _step(value: float) -> float:
    """A tenth of the value's power of ten: 0.0001 for 0.001."""
    return float(10.0 ** (floor(log10(abs(value) or 1)) - 1))


def _widths(path: str, info: FieldInfo, value: tuple[int, ...] | None, edit: Edit, version: int | str) -> None:
    """A row of numbers with + and -, one a layer, and buttons to add or remove the last layer."""
    optional = type(None) in get_args(info.annotation)
    st.markdown(words.label(path), help=info.description)
    if optional:
        mirrored = st.toggle("Mirror the encoder", value is None, key=f"{path}?#{version}")
        if mirrored != (value is None):
            edit(path, None if mirrored else (64,))
            st.rerun()
    if value is None:
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
        for i, width in enumerate(value):
            key = f"{path}.{i}#{version}"
            st.number_input(  # no bounds, as above
                f"Layer {i + 1}",
                None,
                None,
                width,
                16,
                key=key,
                width=130,
                on_change=_set_width,
                args=(path, value, i, key, edit),
            )
        st.button(
            "",
            icon=":material/add:",
            help="Add a layer",
            key=f"{path}+#{version}",
            on_click=edit,
            args=(path, (*value, value[-1] if value else 64)),
        )
        st.button(
            "",
            icon=":material/remove:",
            help="Remove the last layer",
            key=f"{path}-#{version}",
            on_click=edit,
            args=(path, value[:-1]),
            disabled=not value,
        )


def _set_width(path: str, value: tuple[int, ...], i: int, key: str, edit: Edit) -> None:
    edit(path, (*value[:i], st.session_state[key], *value[i + 1 :]))


def _layers(path: str, kind: type[BaseModel], value: Any, info: FieldInfo, edit: Edit, version: int | str) -> None:
    """A table with a row a layer and a column a field; rows can be added and removed."""
    st.markdown(words.label(path), help=info.description)
    columns = {
        name: st.column_config.NumberColumn(
            words.label(name),
            help=f.description,
            required=True,
            default=f.default,
            **dict(zip(("min_value", "max_value"), bounds(f, float if f.annotation is float else int), strict=True)),
        )
        for name, f in kind.model_fields.items()
    }
    rows = [layer.model_dump() for layer in value]
    edited = st.data_editor(
        rows, num_rows="dynamic", column_config=columns, key=f"{path}#{version}#{hash(value)}", hide_index=True
    )
    whole = [row for row in edited if all(row.get(name) is not None for name in columns)]
    if whole != rows:
        edit(path, whole)
        st.rerun()
