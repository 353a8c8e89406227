# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
"""libizhi through ctypes: finds and loads the library, declares the functions of izhi.h, and turns their errors into
exceptions. Nothing here needs numpy."""
import array
import ctypes
import os

from ctypes import POINTER, c_char_p, c_double, c_float, c_int, c_int32, c_size_t, c_uint32, c_uint64, c_void_p

try:
    import numpy
except ImportError:  # everything works without it; arrays are array.array then
    numpy = None

ABI = 1
OK, INVALID, FAILED, NO_MEMORY, INVALID_HANDLE, BUSY, STOPPED = range(7)
RECORD, PROFILE = 1, 2


class Error(ValueError):
    """Something in the input is wrong: a network, an argument, a file. The text is that of the izhi program."""


class RunError(RuntimeError):
    """A run failed, and not because of the input: a neuron left the range of single precision, the disk is full."""


class Progress(ctypes.Structure):
    _fields_ = [("steps_done", c_uint64), ("spike_count", c_uint64), ("spike_hash", c_uint64), ("synapses", c_uint64),
                ("time_ms", c_double), ("dopamine", c_double), ("threads", c_int32), ("reserved", c_uint32)]


STEP_CALLBACK = ctypes.CFUNCTYPE(c_int, c_uint64, POINTER(c_uint32), c_size_t, c_void_p)

_HANDLE, _TEXT = c_uint64, c_char_p
_U32S, _U64S, _FLOATS, _DOUBLES = POINTER(c_uint32), POINTER(c_uint64), POINTER(c_float), POINTER(c_double)
_OUT_TEXT, _OUT_HANDLE, _OUT_SIZE = POINTER(c_char_p), POINTER(c_uint64), POINTER(c_size_t)
_ROWS = [_HANDLE, c_uint32, POINTER(_U64S), POINTER(_FLOATS), _OUT_SIZE, _OUT_SIZE]

# The functions that return a status, with their arguments.
_FUNCTIONS = {
    "draft_from_text": [_TEXT, _TEXT, _OUT_HANDLE],
    "draft_open": [_TEXT, _OUT_HANDLE],
    "draft_set": [_HANDLE, _TEXT, c_double],
    "draft_set_seed": [_HANDLE, c_uint64],
    "draft_set_values": [_HANDLE, _TEXT, _TEXT, _DOUBLES, c_size_t],
    "draft_set_synapses": [_HANDLE, _TEXT, _U32S, _U32S, _DOUBLES, _DOUBLES, c_size_t],
    "draft_set_spikes": [_HANDLE, _TEXT, _DOUBLES, _U32S, c_size_t],
    "draft_text": [_HANDLE, _OUT_TEXT],
    "draft_check": [_HANDLE, _OUT_TEXT],
    "draft_build": [_HANDLE, _OUT_HANDLE],
    "draft_free": [_HANDLE],
    "network_describe": [_HANDLE, _OUT_TEXT],
    "network_read_synapses": [_HANDLE, _TEXT, _U32S, _U32S, _DOUBLES, _U32S, c_size_t, _OUT_SIZE],
    "network_free": [_HANDLE],
    "simulation_new": [_HANDLE, c_int32, _TEXT, c_uint32, _OUT_HANDLE],
    "simulation_free": [_HANDLE],
    "simulation_run": [_HANDLE, c_uint64],
    "simulation_step": [_HANDLE, POINTER(_U32S), _OUT_SIZE],
    "simulation_stop": [_HANDLE],
    "simulation_run_realtime": [_HANDLE, c_uint64, c_double, STEP_CALLBACK, c_void_p, POINTER(c_uint64)],
    "simulation_progress": [_HANDLE, POINTER(Progress)],
    "simulation_state_hash": [_HANDLE, POINTER(c_uint64)],
    "simulation_profile": [_HANDLE, _OUT_TEXT],
    "simulation_notes": [_HANDLE, _OUT_TEXT],
    "simulation_spikes": [_HANDLE, POINTER(_U64S), POINTER(_U32S), _OUT_SIZE],
    "simulation_samples": _ROWS,
    "simulation_recorded_weights": _ROWS,
    "simulation_clear": [_HANDLE],
    "simulation_read": [_HANDLE, _TEXT, _TEXT, _FLOATS, c_size_t],
    "simulation_read_synapses": [_HANDLE, _TEXT, _U32S, _U32S, _FLOATS, _U32S, c_size_t, _OUT_SIZE],
    "simulation_save": [_HANDLE, _TEXT],
    "simulation_restore": [_HANDLE, _TEXT],
    "simulation_checkpoint": [_HANDLE, POINTER(c_void_p), _OUT_SIZE],
    "simulation_restore_bytes": [_HANDLE, c_void_p, c_size_t],
    "simulation_set_currents": [_HANDLE, _TEXT, c_uint32, _FLOATS, c_size_t],
    "simulation_set_current": [_HANDLE, _TEXT, c_double],
    "simulation_pulse": [_HANDLE, _TEXT, c_double, c_uint64, c_uint32, c_uint32],
    "simulation_force_spikes": [_HANDLE, _TEXT, _U32S, c_size_t],
    "simulation_input_spikes": [_HANDLE, _TEXT, c_double, _U32S, c_size_t],
    "simulation_set_rates": [_HANDLE, _TEXT, c_uint32, _FLOATS, c_size_t],
    "simulation_scale_noise": [_HANDLE, _TEXT, c_double],
    "simulation_scale_weights": [_HANDLE, _TEXT, c_double],
    "simulation_add_dopamine": [_HANDLE, c_double],
    "simulation_set_weight": [_HANDLE, _TEXT, c_uint32, c_uint32, c_double],
    "table_read": [_TEXT, _OUT_HANDLE],
    "table_describe": [_HANDLE, _OUT_TEXT],
    "table_column": [_HANDLE, c_uint32, _TEXT, POINTER(c_void_p), _OUT_SIZE],
    "table_free": [_HANDLE],
}


def _candidates():
    """Where the library may be: as IZHI_LIBRARY says, where the build put it, beside this module, and where the system
    looks."""
    given = os.environ.get("IZHI_LIBRARY")
    if given:
        yield given
        return
    here = os.path.dirname(os.path.abspath(__file__))
    try:
        from ._place import FOLDER
        yield os.path.normpath(os.path.join(here, FOLDER, "libizhi.so.1"))
    except ImportError:
        pass
    yield os.path.join(here, "libizhi.so.1")
    yield "libizhi.so.1"


def _load():
    tried = []
    for name in _candidates():
        if os.sep in name and not os.path.exists(name):
            continue
        try:
            return ctypes.CDLL(name)
        except OSError as error:
            tried.append(str(error))
    raise ImportError("izhi cannot load its library libizhi.so" + "".join("; " + each for each in tried) +
                      ". Install libizhi, or name the library with the environment variable IZHI_LIBRARY")


_library = _load()
_library.izhi_abi.restype = c_uint32
if _library.izhi_abi() != ABI:
    raise ImportError("this izhi module needs ABI %d of libizhi, and %s has ABI %d: they are of different versions"
                      % (ABI, _library._name, _library.izhi_abi()))
for _name in ("version", "last_error", "machine", "builtin_names"):
    getattr(_library, "izhi_" + _name).restype = c_char_p


def text_of(name):
    """What one of the functions without a status returns."""
    return getattr(_library, "izhi_" + name)().decode("utf-8", "replace")


def _declare(name, arguments):
    function = getattr(_library, "izhi_" + name)
    function.argtypes, function.restype = arguments, c_int

    def call(*values):
        status = function(*values)
        if status == OK or status == STOPPED:
            return status
        raise_for(status)
        return status
    call.__name__ = name
    return call


def raise_for(status):
    text = text_of("last_error") or "status %d" % status
    if status == NO_MEMORY:
        raise MemoryError(text)
    raise RunError(text) if status in (FAILED, BUSY) else Error(text)


class _Functions:
    """The functions of izhi.h without their prefix. A call that fails raises."""


c = _Functions()
for _name, _arguments in _FUNCTIONS.items():
    setattr(c, _name, staticmethod(_declare(_name, _arguments)).__func__)


def encoded(text, what):
    """A text for C."""
    if not isinstance(text, str):
        raise Error("%s is %r; allowed: a text" % (what, text))
    if "\0" in text:
        raise Error("%s has a zero character" % what)
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        raise Error("%s is %r, which has no form in UTF-8" % (what, text)) from None


def number_of(value, what):
    """A number as a float, whatever kind of number it is."""
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        raise Error("%s is %r; allowed: a number" % (what, value))
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise Error("%s: %s; allowed: a number" % (what, error)) from None


def whole_of(value, what, allowed="a whole number of 0 or more", least=0, most=2**64 - 1):
    """A whole number, whatever kind of number it is."""
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise Error("%s is %r; allowed: %s" % (what, value, allowed))
    try:
        found = value.__index__()
    except TypeError as error:  # an array
        raise Error("%s: %s; allowed: %s" % (what, error, allowed)) from None
    if not least <= found <= most:
        raise Error("%s is %d; allowed: %s" % (what, found, allowed))
    return found


def name_of(what):
    """The name of a population or projection, which may be given as its name."""
    name = getattr(what, "name", what)
    if not isinstance(name, str):
        raise Error("%r is neither a population or projection nor a name of one" % (what,))
    return name


_KINDS = {"float32": ("f", c_float), "float64": ("d", c_double), "uint32": ("I", c_uint32), "uint64": ("Q", c_uint64)}


class Numbers:
    """One-dimensional numbers in the form that a function takes: `pointer` and `count`, valid while this object is."""

    def __init__(self, values, kind, what):
        code, ctype = _KINDS[kind]
        if numpy is not None:
            self._keep = self._from_numpy(values, kind, what)
            self.count = int(self._keep.shape[0])
            self.pointer = self._keep.ctypes.data_as(POINTER(ctype))
            return
        try:
            if kind.startswith("uint"):
                values = [_whole(value) for value in values]
            self._keep = array.array(code, values)
        except (TypeError, ValueError, OverflowError) as error:
            raise Error("%s: %s" % (what, error)) from None
        self.count = len(self._keep)
        self.pointer = (ctype * max(self.count, 1)).from_buffer(self._keep) if self.count else None

    @staticmethod
    def _from_numpy(values, kind, what):
        try:
            given = numpy.asarray(values)
            if given.ndim != 1:
                raise Error("%s has %d dimensions; allowed: 1" % (what, given.ndim))
            if given.size == 0:
                return numpy.zeros(0, dtype=kind)
            if given.dtype.kind not in "biuf":
                raise Error("%s holds %s; allowed: numbers" % (what, given.dtype))
            if kind.startswith("uint"):
                largest = numpy.iinfo(kind).max
                if given.dtype.kind == "f" and not numpy.all(numpy.floor(given) == given):
                    raise Error("%s holds numbers that are not whole" % what)
                if given.min() < 0 or given.max() > largest:
                    raise Error("%s holds %s; allowed: 0 to %d"
                                % (what, given.min() if given.min() < 0 else given.max(), largest))
            with numpy.errstate(over="ignore"):
                return numpy.ascontiguousarray(given, dtype=kind)
        except (TypeError, ValueError, OverflowError) as error:
            if isinstance(error, Error):
                raise
            raise Error("%s: %s" % (what, error)) from None


def _whole(value):
    if int(value) != value:
        raise ValueError("%r is not whole" % (value,))
    return int(value)


def empty(count, kind):
    """An array of numbers to be filled: numpy's, or array.array. Returns it and its pointer."""
    code, ctype = _KINDS[kind]
    if numpy is not None:
        made = numpy.empty(count, dtype=kind)
        return made, made.ctypes.data_as(POINTER(ctype))
    made = array.array(code, bytes(array.array(code).itemsize * count))
    return made, ((ctype * count).from_buffer(made) if count else None)


def copied(pointer, count, kind):
    """A copy of memory of the library."""
    code, ctype = _KINDS[kind]
    data = bytearray(ctypes.string_at(pointer, count * ctypes.sizeof(ctype))) if count else bytearray()
    if numpy is not None:
        return numpy.frombuffer(data, dtype=kind)
    made = array.array(code)
    made.frombytes(bytes(data))
    return made


def shaped(values, rows, columns):
    """Rows of numbers: a numpy array with two dimensions, or a list of arrays."""
    if numpy is not None:
        return values.reshape(rows, columns)
    return [values[row * columns:(row + 1) * columns] for row in range(rows)]


def file_name(path):
    """A path for C."""
    try:
        name = os.fsencode(os.fspath(path))
    except TypeError:
        raise Error("the file is %r; allowed: a path" % (path,)) from None
    if b"\0" in name:
        raise Error("the file's name has a zero character")
    return name



