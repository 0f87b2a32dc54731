"""Upload: the dialog in which own images are chosen, looked at, and made a data set; those one has lie below."""

from collections.abc import Callable
from functools import partial
from html import escape

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from aedash.data.own import files, sets
from aedash.data.own.bounds import CLASSES, FEWEST, MOST, SIZES
from aedash.data.own.reading import Reading
from aedash.data.own.sets import OwnSet
from aedash.formatting import count, percent
from aedash.registry import Refused
from aedash.training.room import Ask
from aedash.ui.desk.awaited import awaited
from aedash.ui.desk.background import forgotten, told
from aedash.ui.desk.desk import Desk
from aedash.ui.desk.manager import manager
from aedash.ui.own_data import preview
from aedash.ui.shell import frame, notice
from aedash.ui.shell.uploader import let_go, uploader
from aedash.ui.shell.visitor import visitor, who
from aedash.ui.widgets import datasets

OPEN, KEY = "own_data_open", "own_data"
AS_THEY_ARE, INVERTED = "As they are", "Inverted"
RULES = (
    "A zip of pictures (PNG, JPEG, WebP, BMP or GIF), whose folders are the classes; or arrays: npz with x and y, "
    f"npy, or MNIST's idx files, alone or zipped. {FEWEST} to {count(MOST)} images, {CLASSES} classes. Each picture is "
    "cut to its middle square and made one size; colours stay, see-through parts are laid on black or white, photos "
    "are turned upright. Nothing is used before you have seen it."
)
Use = Callable[[str], None]


def show() -> None:
    """Open the dialog."""
    notice.act()
    st.session_state[OPEN] = True


def is_open() -> bool:
    """Whether it lies over the page."""
    return bool(st.session_state.get(OPEN))


def dialog(use: Use) -> None:
    """The dialog, while it is open. use: called with the name of the set that was made, or chosen."""
    if is_open():
        _dialog(use)


def _close() -> None:
    st.session_state[OPEN] = False


@st.dialog("Your own images", width="large", on_dismiss=_close)
def _dialog(use: Use) -> None:
    if not is_open():  # a set was chosen: the page is drawn anew, without this
        st.rerun()
    file = uploader("A zip of pictures, npz, npy or idx", KEY, manager().settings.max_upload, files.ENDINGS)
    if file is None:
        st.html(f'<p class="ownrules">{escape(RULES)}</p>')
        _yours(use)
        return
    found = _read(file)
    if found:
        _accept(file, found, use)


def _key(file: UploadedFile, side: int | None) -> tuple[str, str, int | None]:
    return "own images", file.file_id, side


def _read(file: UploadedFile) -> Reading | None:
    """What the file holds; None while it is read, or where it is refused."""
    side = st.session_state.get(f"own-side-{file.file_id}")
    desk = Desk()
    found, share = desk.growing(_key(file, side), partial(files.read, file.getvalue(), side, told))
    if found is None and desk.waiting:
        st.progress(share, f"Reading the images: {percent(share, 0)}")
    for sentence in desk.refusals:
        st.html(frame.problem(sentence))
        st.button("Choose another file", on_click=let_go, args=(KEY, file))
    awaited(desk, "own-images")
    return found


def _accept(file: UploadedFile, found: Reading, use: Use) -> None:
    """What was read, the choices that are left, and the button that makes it a data set."""
    st.html(preview.notes(found))
    inverted = _inverted(found)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="own_choices"):
        _size(file, found)
        title = st.text_input("Title", file.name.rpartition(".")[0][:60], max_chars=60, width=240, key=f"{KEY}-title")
        pressed = st.button("Use these images", type="primary", icon=":material/check:", width="content")
        st.button("Choose another file", on_click=_drop, args=(file, found), width="content")
    if pressed:
        try:
            room = Ask(visitor(), found.images.nbytes, what="these images")
            with manager().room_for(room), st.spinner("Keeping the images"):
                _keep(file, found, title, inverted, use)
        except Refused as error:
            st.html(frame.problem(str(error)))
        else:
            st.rerun()


def _inverted(found: Reading) -> bool:
    """Draws the images, beside their inverse where most are dark on light; whether that shall be used."""
    if found.images.shape[1] == 3:
        st.html(preview.tiles(found, preview.spread(found, preview.SHOWN), False, "Some of the images"))
        return False
    if found.dark:
        st.html(frame.note("Dark on light: the data sets here are light on dark. Choose which shall be learnt."))
        for column, inverted in zip(st.columns(2), (False, True), strict=True):
            word = INVERTED if inverted else AS_THEY_ARE
            places = preview.spread(found, preview.SHOWN // 2)
            column.html(f'<p class="ownhead">{word}</p>{preview.tiles(found, places, inverted, word)}')
    first = INVERTED if found.dark else AS_THEY_ARE
    how = st.segmented_control(
        "Light and dark", [AS_THEY_ARE, INVERTED], default=first, required=True, key=f"{KEY}-light"
    )
    if not found.dark:
        places = preview.spread(found, preview.SHOWN)
        st.html(preview.tiles(found, places, how == INVERTED, "Some of the images"))
    return how == INVERTED


def _size(file: UploadedFile, found: Reading) -> None:
    """Another size is read anew."""
    sizes = sorted({*SIZES, found.side, *filter(None, [found.kept_size])})
    key = f"{KEY}-size-{file.file_id}"

    def changed() -> None:
        forgotten(_key(file, st.session_state.get(f"own-side-{file.file_id}")))
        st.session_state[f"own-side-{file.file_id}"] = st.session_state[key]

    st.selectbox("Size in pixels", sizes, sizes.index(found.side), _size_word, key=key, on_change=changed, width=130)


def _size_word(side: int) -> str:
    return f"{side} x {side}"


def _drop(file: UploadedFile, found: Reading) -> None:
    forgotten(_key(file, st.session_state.get(f"own-side-{file.file_id}")))
    let_go(KEY, file)


def _keep(file: UploadedFile, found: Reading, title: str, inverted: bool, use: Use) -> None:
    """Store the set and choose it. What was read is mixed and turned where it lies, and so of no use afterwards."""
    try:
        name = sets.keep(found.inverted() if inverted else found, title, visitor(), inverted)
    except Refused as error:
        notice.say(str(error))
    else:
        use(name)
    finally:
        _drop(file, found)
        _close()


def _yours(use: Use) -> None:
    """The sets that one has, each with its ways."""
    yours = datasets.mine()
    if not yours:
        return
    st.html(f'<p class="ownhead">{"Your images" if manager().settings.shared else "Images that are here"}</p>')
    for each in yours:
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"own_row-{each.name}"):
            st.html(_row(each), width="stretch")
            st.button("Use", key=f"own-use-{each.name}", on_click=_use, args=(each.name, use), width="content")
            st.button("Remove", key=f"own-remove-{each.name}", on_click=_remove, args=(each.name,), width="content")


def _row(each: OwnSet) -> str:
    told = f"{count(sum(each.per_class) + each.test)} images, {each.info.about.partition(', ')[2]}"
    about = frame.link("data", {"data": each.name}, "About it")
    return f'<div class="ownrow">{escape(each.title)}<br><span>{escape(told)} {about}</span></div>'


def _use(name: str, use: Use) -> None:
    _close()
    use(name)


def _remove(name: str) -> None:
    with notice.acting():
        sets.give_up(name, visitor(), everybody=who().free)
