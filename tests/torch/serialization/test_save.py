"""torch.save and torch.load: files of real torch are read bit for bit, what is saved comes back, damage and code are refused.

The files in fixtures were written by PyTorch 2.13: tools/torch_save_fixtures.py.
"""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from collections import Counter, OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pellucid.torch as torch
from pellucid.torch import nn
from pellucid.torch.serialization import files
from pellucid.torch.serialization.storage import to_bytes

FIXTURES = Path(__file__).parent / "fixtures"
EXPECTED = json.loads((FIXTURES / "expected.json").read_text(encoding="utf-8"))
TYPES = [
    torch.float32,
    torch.float64,
    torch.float16,
    torch.bfloat16,
    torch.int64,
    torch.int32,
    torch.int16,
    torch.int8,
    torch.uint8,
    torch.bool,
]


def told(t: torch.Tensor) -> dict[str, Any]:
    return {
        "dtype": str(t.dtype),
        "shape": list(t.shape),
        "strides": list(t.stride()),
        "bytes": to_bytes(np.asarray(t.detach().array), t.dtype).hex(),
        "requires_grad": t.requires_grad,
        "parameter": isinstance(t, nn.Parameter),
    }


def at(obj: Any, path: str) -> Any:
    for key in path.split("/")[1:]:
        obj = obj[key] if isinstance(obj, dict) else obj[int(key)]
    return obj


def through_file(obj: Any, **options: Any) -> Any:
    file = io.BytesIO()
    torch.save(obj, file)
    file.seek(0)
    return torch.load(file, **options)


def read(name: str) -> Any:
    return torch.load(FIXTURES / name, weights_only=True)


def test_a_checkpoint_of_torch_is_read_bit_for_bit() -> None:
    loaded = read("checkpoint.pt")
    for path, expected in EXPECTED["checkpoint.pt"].items():
        found = told(at(loaded, path))
        if not found["bytes"]:  # NumPy gives an empty array the strides 0
            found["strides"] = expected["strides"]
        assert found == expected, path
    assert len(EXPECTED["checkpoint.pt"]) > 30
    assert loaded["plain"] == (
        None,
        True,
        -1,
        2**40,
        2**70,
        0.1,
        "ünï",
        b"\x00\xff",
        b"",
        bytearray(b"ab"),
        {1, 2},
        1 + 2j,
    )
    assert loaded["torch"] == (torch.Size([2, 3]), torch.bfloat16, torch.device("cpu"))
    assert type(loaded["torch"][0]) is torch.Size
    assert loaded["history"] == [{"loss": 0.5, "lr": 1e-3}, OrderedDict(a=1)]
    assert type(loaded["model_state_dict"]) is OrderedDict
    assert loaded["model_state_dict"]._metadata["1"] == {"version": 2}


def test_views_share_memory_again() -> None:
    x, turned, row, columns, tail, _ = read("checkpoint.pt")["views"]
    x[1, 3] = 99
    assert [turned[3, 1], row[3], columns[1, 1], tail[2]] == [99, 99, 99, 99]
    assert turned._version == x._version == 1
    again = through_file([x, turned])
    again[0][0, 0] = -1
    assert again[1][0, 0] == -1 and again[1].stride() == (1, 4)


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("adam", lambda p: torch.optim.Adam(p, lr=0.3)),
        ("sgd", lambda p: torch.optim.SGD(p, lr=0.3)),
    ],
)
def test_training_goes_on_where_torch_broke_off(name: str, make: Any) -> None:
    saved = read(f"{name}.pt")
    model = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 1))
    model.load_state_dict(saved["model"])
    optimizer = make(model.parameters())
    optimizer.load_state_dict(saved["optimizer"])

    def steps(model: Any, optimizer: Any) -> None:
        for _ in range(5):
            optimizer.zero_grad()
            nn.functional.mse_loss(model(saved["x"]), saved["y"]).backward()
            optimizer.step()

    twin = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 1))
    again = through_file({"model": model.state_dict(), "optimizer": optimizer.state_dict()})
    twin.load_state_dict(again["model"])
    of_twin = make(twin.parameters())
    of_twin.load_state_dict(again["optimizer"])
    steps(model, optimizer)
    steps(twin, of_twin)
    for p, q, expected in zip(model.parameters(), twin.parameters(), EXPECTED[name], strict=True):
        theirs = np.frombuffer(bytes.fromhex(expected["bytes"]), np.float32).reshape(expected["shape"])
        torch.testing.assert_close(p.detach(), torch.from_numpy(theirs.copy()))
        assert (p.detach().numpy() == q.detach().numpy()).all()


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        (
            "module",
            pickle.UnpicklingError,
            "GLOBAL torch.nn.modules.linear.Linear was not an allowed global by default",
        ),
        ("scalar", pickle.UnpicklingError, "GLOBAL numpy.* was not an allowed global"),
        (
            "function",
            pickle.UnpicklingError,
            "Weights only load failed.*GLOBAL print was not an allowed global",
        ),
        ("legacy", RuntimeError, "legacy.pt is in the format before torch 1.6"),
        ("complex", RuntimeError, "data/0 is a ComplexFloatStorage, a type that is absent"),
    ],
)
def test_what_is_not_weights_is_refused(name: str, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        torch.load(FIXTURES / "refused" / f"{name}.pt", weights_only=False)


def program(*instructions: bytes) -> io.BytesIO:
    """An archive whose data.pkl is a program of these instructions."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as z:
        z.writestr("archive/data.pkl", b"\x80\x02" + b"".join(instructions) + b".")
    file.seek(0)
    return file


@pytest.mark.parametrize(
    ("instructions", "words"),
    [
        ((b"cos\nsystem\n", b"X\x02\x00\x00\x00ls", b"\x85R"), "GLOBAL os.system was not an allowed global"),
        ((b"cbuiltins\neval\n",), "GLOBAL eval was not"),
        ((b"cpellucid.torch\nsave\n",), "GLOBAL pellucid.torch.save was not"),
        ((b"K\x01", b")R"), "Trying to call reduce for unrecognized function 1"),
        ((b"ctorch\nFloatStorage\n", b")R"), "reduce for unrecognized function 'torch.FloatStorage'"),
        ((b"ctorch\nSize\n", b"}b"), "Can only build OrderedDict"),
        ((b"ctorch\nfloat32\n", b"}b"), "Can only build OrderedDict"),
        ((b"K\x01Q",), "Only persistent_load of storage is allowed, but got 1"),
        ((b"]K\x01}s",), "Can only set items of dictionaries, but got <class 'list'>"),
        ((b"}]K\x01s",), "damaged: TypeError"),
        ((b"cbuiltins\nbytearray\n", b"J\x00\x00\x00\x7f", b"\x85R"), "damaged.*TypeError"),
        ((b"h\x05",), r"damaged: KeyError\(5\)"),
        ((b"\x93",), "Unsupported operand 147"),
    ],
)
def test_a_hostile_pickle_can_do_nothing(instructions: tuple[bytes, ...], words: str) -> None:
    with pytest.raises(pickle.UnpicklingError, match=words):
        torch.load(program(*instructions))


@pytest.mark.parametrize(
    ("offset", "shape", "strides"), [(1, (6,), (1,)), (0, (2, 2), (5, 1)), (7, (1,), (1,)), (0, (2,), (-1,))]
)
def test_a_tensor_cannot_reach_beyond_its_storage(
    offset: int, shape: tuple[int, ...], strides: tuple[int, ...]
) -> None:
    from pellucid.torch.serialization.storage import Storage

    storage = Storage("0", torch.float32, np.zeros(6, np.float32))
    with pytest.raises(ValueError, match=r"out of bounds|not an offset"):
        storage.view(offset, shape, strides)


def test_one_storage_is_of_one_type() -> None:
    def tensor(name: bytes) -> bytes:
        pid = b"(X\x07\x00\x00\x00storagectorch\n" + name + b"\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x01tQ"
        return b"ctorch._utils\n_rebuild_tensor_v2\n(" + pid + b"K\x00K\x01\x85K\x01\x85\x89NtR"

    for second, words in (
        (b"FloatStorage", None),
        (b"IntStorage", "told to be a IntStorage and of torch.float32"),
    ):
        file = program(b"(", tensor(b"FloatStorage"), tensor(second), b"t")
        with zipfile.ZipFile(file, "a") as z:
            z.writestr("archive/data/0", np.float32(7).tobytes())
        file.seek(0)
        if words is None:
            assert [t.item() for t in torch.load(file)] == [7, 7]
        else:
            with pytest.raises(RuntimeError, match=words):
                torch.load(file)


def test_every_cut_and_every_changed_byte_is_noticed_or_harmless() -> None:
    whole = (FIXTURES / "adam.pt").read_bytes()
    for length in range(0, len(whole), 97):
        with pytest.raises((RuntimeError, EOFError)):
            torch.load(io.BytesIO(whole[:length]))
    rng = np.random.default_rng(0)
    noticed = 0
    for place in rng.integers(0, len(whole), 150):
        changed = bytearray(whole)
        changed[place] ^= 1 << int(rng.integers(8))
        try:
            torch.load(io.BytesIO(changed))
        except (RuntimeError, pickle.UnpicklingError):
            noticed += 1
    assert noticed > 50  # the rest lies in the padding and the dates


def test_damage_is_told_by_its_place() -> None:
    whole = (FIXTURES / "adam.pt").read_bytes()
    with zipfile.ZipFile(io.BytesIO(whole)) as z:
        numbers = z.read("adam/data/0")
    changed = bytearray(whole)
    changed[whole.index(numbers)] ^= 1
    with pytest.raises(RuntimeError, match="Bad CRC-32 for file 'adam/data/0'"):
        torch.load(io.BytesIO(changed))


def test_devices() -> None:
    def locations(tag: str) -> io.BytesIO:
        file = io.BytesIO()
        torch.save({"w": torch.ones(2)}, file)
        file.seek(0)
        out = io.BytesIO()
        with zipfile.ZipFile(file) as z, zipfile.ZipFile(out, "w") as to:
            for name in z.namelist():
                old = b"X\x03\x00\x00\x00cpu"
                new = b"X" + len(tag).to_bytes(4, "little") + tag.encode()
                to.writestr(name, z.read(name).replace(old, new) if name.endswith("pkl") else z.read(name))
        out.seek(0)
        return out

    for way in (
        "cpu",
        torch.device("cpu"),
        {"cuda:0": "cpu"},
        lambda storage, tag: storage,
        lambda storage, tag: storage.cpu(),
    ):
        assert torch.load(locations("cuda:0"), map_location=way)["w"].tolist() == [1, 1]
        assert through_file(torch.ones(1), map_location=way).tolist() == [1]
    for way in (None, {"cuda:1": "cpu"}, lambda storage, tag: None):
        with pytest.raises(RuntimeError, match="Attempting to deserialize object on device 'cuda:0'"):
            torch.load(locations("cuda:0"), map_location=way)
    with pytest.raises(RuntimeError, match="device 'cuda' is absent"):
        torch.load(locations("cpu"), map_location="cuda")
    with pytest.raises(TypeError, match="must return the storage or None, not str"):
        torch.load(locations("cpu"), map_location=lambda storage, tag: "cpu")
    with pytest.raises(AttributeError, match="cuda"):  # the error of the function itself
        torch.load(locations("cpu"), map_location=lambda storage, tag: storage.cuda())


@pytest.mark.parametrize(
    ("bad", "error", "words"),
    [
        (
            nn.Linear(1, 1),
            NotImplementedError,
            r"obj is a whole module .Linear..*torch.save\(model.state_dict\(\), f\)",
        ),
        ({"model": [nn.ReLU()]}, NotImplementedError, r"obj\['model'\]\[0\] is a whole module"),
        ({"loss": np.float32(1)}, TypeError, r"obj\['loss'\] is of type numpy.float32.*obj.item"),
        ((1, np.ones(2)), TypeError, r"obj\[1\] is of type numpy.ndarray.*from_numpy"),
        ({"f": len}, TypeError, r"obj\['f'\] is of type builtins.builtin_function"),
        ({frozenset(): 1}, TypeError, r"the key frozenset\(\) of obj"),
    ],
)
def test_only_tensors_and_plain_data_are_saved(bad: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        torch.save(bad, io.BytesIO())


def test_attributes_of_a_state_dict_travel() -> None:
    state = OrderedDict(a=1)
    state._metadata = OrderedDict({"": {"version": 2}})
    assert through_file(state)._metadata == state._metadata
    state.note = len
    with pytest.raises(TypeError, match=r"the attributes of obj\['note'\] is of type"):
        torch.save(state, io.BytesIO())


def test_two_types_on_one_memory_are_refused() -> None:
    x = torch.zeros(4)
    with pytest.raises(RuntimeError, match="view the same data as different types"):
        torch.save([x, torch.from_numpy(x.numpy().view(np.int32))], io.BytesIO())


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "model.pt"
    torch.save({"w": torch.ones(2)}, path)
    before = path.read_bytes()

    def fail(_: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(files.os, "fsync", fail)
    with pytest.raises(OSError, match="no space"):
        torch.save({"w": torch.zeros(2)}, path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["model.pt"]
    with pytest.raises(TypeError):
        torch.save({"w": torch.zeros(2), "f": len}, path)
    assert path.read_bytes() == before


def test_paths(tmp_path: Path) -> None:
    path, link = tmp_path / "model.pt", tmp_path / "latest.pt"
    path.write_bytes(b"")
    path.chmod(0o640)
    link.symlink_to(path)
    torch.save(torch.ones(1), str(link))
    assert link.is_symlink() and path.stat().st_mode & 0o777 == 0o640
    assert torch.load(path).tolist() == [1]
    with pytest.raises(RuntimeError, match=r"Parent directory .*none does not exist"):
        torch.save(torch.ones(1), tmp_path / "none" / "x.pt")
    with pytest.raises(FileNotFoundError):
        torch.load(tmp_path / "none.pt")
    with path.open("wb") as file:
        torch.save([1], file)
    with path.open("rb") as file:
        assert torch.load(file) == [1]
    (tmp_path / "text.pt").write_text("not weights", encoding="utf-8")
    with pytest.raises(RuntimeError, match=r"neither an archive of torch\.save nor safetensors"):
        torch.load(tmp_path / "text.pt")
    with pytest.raises(AttributeError, match="'read' attribute"):
        torch.load(3)


def test_the_same_content_gives_the_same_file() -> None:
    first, second = io.BytesIO(), io.BytesIO()
    for file in (first, second):
        torch.save({"w": torch.arange(3), "t": (1, "a")}, file)
    assert first.getvalue() == second.getvalue()


def test_the_state_of_a_schedule_travels() -> None:
    def schedule() -> Any:
        optimizer = torch.optim.SGD([torch.ones(1, requires_grad=True)], 0.1)
        optimizer.step()
        return torch.optim.lr_scheduler.MultiStepLR(optimizer, [2, 2, 5])

    before, after = schedule(), schedule()
    before.step()
    before.step()
    state = through_file(before.state_dict())
    assert type(state["milestones"]) is Counter and state == before.state_dict()
    after.load_state_dict(state)
    assert after.get_last_lr() == before.get_last_lr()


def test_a_list_within_itself() -> None:
    ring: list[Any] = [torch.ones(1)]
    ring.append(ring)
    again = through_file(ring)
    assert again[1] is again and again[0].tolist() == [1]


tensors = st.builds(
    lambda shape, own, seed, turn: (
        torch.from_numpy(np.random.default_rng(seed).normal(0, 60, shape))
        .to(own)
        .permute(*(range(len(shape))[::-1] if turn else range(len(shape))))
    ),
    st.lists(st.integers(0, 3), max_size=3),
    st.sampled_from(TYPES),
    st.integers(0, 9),
    st.booleans(),
)
keys = st.one_of(st.text(max_size=4), st.integers(), st.booleans())
leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(),
    st.binary(max_size=9),
    st.sampled_from(TYPES),
    st.sets(st.integers(), max_size=3),
    tensors,
)
nested = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(keys, inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(keys, inner, max_size=3).map(OrderedDict),
    ),
    max_leaves=8,
)


def check_equal(a: Any, b: Any) -> None:
    assert type(a) is type(b)
    if isinstance(a, torch.Tensor):
        assert told(a) == told(b)
    elif isinstance(a, dict):
        assert list(a) == list(b)
        for key in a:
            check_equal(a[key], b[key])
    elif isinstance(a, (list, tuple)):
        assert len(a) == len(b)
        for x, y in zip(a, b, strict=True):
            check_equal(x, y)
    else:
        assert a == b


@given(nested)
@settings(max_examples=150, deadline=None)
def test_what_is_saved_comes_back(obj: Any) -> None:
    check_equal(through_file(obj), obj)
