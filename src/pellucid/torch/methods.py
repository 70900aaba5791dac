"""Which operations are functions of `torch`, which are methods of Tensor, and under what names: the whole list in one place."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
from collections.abc import Callable
from types import ModuleType
from typing import Any

from pellucid.torch import creation, dtypes
from pellucid.torch.ops import apply, elementwise, index, linalg, order, reduce, shape
from pellucid.torch.ops.apply import in_place
from pellucid.torch.random import sampling
from pellucid.torch.tensor import Tensor

BOTH: dict[ModuleType, str] = {
    elementwise: """
        abs acos acosh add addcdiv addcmul allclose asin asinh atan atan2 arctan2 atanh bitwise_and bitwise_left_shift
        bitwise_not bitwise_or bitwise_right_shift bitwise_xor ceil clamp clamp_max clamp_min clip copysign cos cosh
        deg2rad digamma div eq equal erf erfc erfinv exp exp2 expm1 fix float_power floor floor_divide fmax fmin fmod
        frac gcd ge greater greater_equal gt heaviside hypot isclose isfinite isinf isnan isneginf isposinf lcm le
        lerp less less_equal lgamma log log10 log1p log2 logaddexp logaddexp2 logical_and logical_not logical_or
        logical_xor logit lt maximum minimum mul nan_to_num ne neg not_equal pow rad2deg reciprocal relu remainder
        round rsqrt sgn sigmoid sign signbit sin sinc sinh sqrt square sub tan tanh trunc xlogy
    """,
    reduce: """
        all amax amin aminmax any argmax argmin corrcoef count_nonzero cov cummax cummin cumprod cumsum dist
        log_softmax logcumsumexp logsumexp mean median mode nanmean nansum norm prod quantile renorm softmax std sum
        var
    """,
    order: "argsort bincount histc kthvalue max min msort sort topk unique unique_consecutive",
    shape: """
        adjoint as_strided broadcast_to chunk clone diag diag_embed diagonal flatten flip fliplr flipud moveaxis
        movedim narrow permute ravel repeat_interleave reshape roll rot90 select split squeeze swapaxes swapdims t
        tensor_split tile transpose tril triu unbind unflatten unsqueeze
    """,
    index: """
        argwhere diagonal_scatter gather index_add index_copy index_fill index_put index_select masked_fill
        masked_scatter masked_select nonzero put scatter scatter_add scatter_reduce select_scatter slice_scatter take
        take_along_dim
    """,
    linalg: """
        addbmm addmm addmv addr baddbmm bmm cholesky cross det dot ger inner kron logdet matmul matrix_exp
        matrix_power mm mv outer pinverse qr slogdet trace vdot
    """,
    creation: "numel is_floating_point is_complex",
    sampling: "bernoulli multinomial",
}
FUNCTIONS: dict[ModuleType, str] = {
    elementwise: "rsub where",
    reduce: "std_mean var_mean",
    order: "bucketize searchsorted",
    shape: """
        atleast_1d atleast_2d atleast_3d block_diag broadcast_shapes broadcast_tensors cartesian_prod cat column_stack
        concat concatenate constant_pad_nd dstack hstack meshgrid row_stack stack vstack
    """,
    index: "tril_indices triu_indices",
    linalg: "cdist chain_matmul einsum pdist tensordot",
    creation: """
        arange as_tensor asarray empty empty_like eye from_numpy full full_like hann_window is_tensor linspace
        logspace ones ones_like scalar_tensor tensor zeros zeros_like
    """,
    sampling: "rand rand_like randint randint_like randn randn_like randperm",
}
METHODS: dict[ModuleType, str] = {
    shape: "contiguous expand expand_as repeat reshape_as unfold view view_as",
    index: "copy_ fill_ fill_diagonal_ index_put_ zero_",
    creation: "new_empty new_full new_ones new_tensor new_zeros to",
    sampling: "bernoulli_ exponential_ log_normal_ normal_ random_ uniform_",
}
RENAMED: dict[str, Any] = {  # names of torch whose function has another name here
    "absolute": elementwise.abs,
    "arccos": elementwise.acos,
    "arccosh": elementwise.acosh,
    "arcsin": elementwise.asin,
    "arcsinh": elementwise.asinh,
    "arctan": elementwise.atan,
    "arctanh": elementwise.atanh,
    "divide": elementwise.div,
    "inverse": linalg.inv,
    "multiply": elementwise.mul,
    "negative": elementwise.neg,
    "special_expit": elementwise.sigmoid,
    "subtract": elementwise.sub,
    "svd": linalg.svd_legacy,
    "true_divide": elementwise.true_divide,
}
IN_PLACE = [
    "abs",
    "acos",
    "acosh",
    "add",
    "addbmm",
    "addcdiv",
    "addcmul",
    "addmm",
    "addmv",
    "addr",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "baddbmm",
    "bitwise_and",
    "bitwise_not",
    "bitwise_or",
    "bitwise_xor",
    "ceil",
    "clamp",
    "clamp_max",
    "clamp_min",
    "clip",
    "copysign",
    "cos",
    "cosh",
    "cumprod",
    "cumsum",
    "deg2rad",
    "digamma",
    "div",
    "divide",
    "eq",
    "erf",
    "erfc",
    "erfinv",
    "exp",
    "exp2",
    "expm1",
    "floor",
    "floor_divide",
    "fmod",
    "frac",
    "ge",
    "gt",
    "heaviside",
    "hypot",
    "index_add",
    "index_copy",
    "index_fill",
    "le",
    "lerp",
    "lgamma",
    "log",
    "log10",
    "log1p",
    "log2",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "logit",
    "lt",
    "masked_fill",
    "masked_scatter",
    "mul",
    "multiply",
    "nan_to_num",
    "ne",
    "neg",
    "negative",
    "pow",
    "put",
    "rad2deg",
    "reciprocal",
    "relu",
    "remainder",
    "renorm",
    "round",
    "rsqrt",
    "scatter",
    "scatter_add",
    "scatter_reduce",
    "sgn",
    "sigmoid",
    "sign",
    "sin",
    "sinc",
    "sinh",
    "sqrt",
    "square",
    "sub",
    "subtract",
    "tan",
    "tanh",
    "tril",
    "triu",
    "true_divide",
    "trunc",
    "xlogy",
]


def reverse(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """The operator with its operands exchanged."""
    return lambda self, other: function(other, self)


OPERATORS: dict[str, Callable[..., Any]] = {
    "__add__": elementwise.add_two,
    "__radd__": reverse(elementwise.add_two),
    "__sub__": elementwise.sub_two,
    "__rsub__": reverse(elementwise.sub_two),
    "__mul__": elementwise.mul,
    "__rmul__": reverse(elementwise.mul),
    "__truediv__": elementwise.true_divide,
    "__rtruediv__": elementwise.divide_by,
    "__floordiv__": elementwise.floor_divide,
    "__rfloordiv__": reverse(elementwise.floor_divide),
    "__mod__": elementwise.remainder,
    "__rmod__": reverse(elementwise.remainder),
    "__pow__": elementwise.pow,
    "__rpow__": reverse(elementwise.pow),
    "__matmul__": linalg.matmul,
    "__rmatmul__": reverse(linalg.matmul),
    "__and__": elementwise.bitwise_and,
    "__rand__": reverse(elementwise.bitwise_and),
    "__or__": elementwise.bitwise_or,
    "__ror__": reverse(elementwise.bitwise_or),
    "__xor__": elementwise.bitwise_xor,
    "__rxor__": reverse(elementwise.bitwise_xor),
    "__lshift__": elementwise.bitwise_left_shift,
    "__rshift__": elementwise.bitwise_right_shift,
    "__neg__": elementwise.neg,
    "__pos__": lambda self: self,
    "__abs__": elementwise.abs,
    "__invert__": elementwise.bitwise_not,
    "__eq__": elementwise.eq,
    "__ne__": elementwise.ne,
    "__lt__": elementwise.lt,
    "__le__": elementwise.le,
    "__gt__": elementwise.gt,
    "__ge__": elementwise.ge,
    "__getitem__": index.getitem,
    "__setitem__": index.setitem,
}
AUGMENTED = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and", "or", "xor")
CONVERSIONS = {
    "float": dtypes.float32,
    "double": dtypes.float64,
    "half": dtypes.float16,
    "bfloat16": dtypes.bfloat16,
    "long": dtypes.int64,
    "int": dtypes.int32,
    "short": dtypes.int16,
    "char": dtypes.int8,
    "byte": dtypes.uint8,
    "bool": dtypes.bool_,
}


def named_in(table: dict[ModuleType, str]) -> dict[str, Any]:
    """The functions that a table names."""
    return {name: getattr(module, name) for module, names in table.items() for name in names.split()}


def functions() -> dict[str, Any]:
    """Everything that is a function of `torch`, by its name."""
    found = named_in(BOTH) | named_in(FUNCTIONS) | RENAMED
    found |= {
        "normal": sampling.normal_of,
        "vander": linalg.vander,
        "special_entr": reduce.entropy,
        "relu_": lambda input: input.relu_(),
        "t": shape.t,
    }
    return found


def title(name: str, function: Any) -> Any:
    """A function made by a factory gets its torch name, for help() and messages."""
    if getattr(function, "__name__", "") in ("operation", "operation_", "<lambda>", "called"):
        function.__name__ = name
        function.__qualname__ = name
    return function


def convert_to(own: Any) -> Callable[..., Any]:
    """x.float(), x.long() and their like."""
    return lambda self, memory_format=None: elementwise.to_dtype(self, own)


def attach() -> None:
    """Give Tensor its methods."""
    methods = named_in(BOTH) | named_in(METHODS) | RENAMED
    for name, function in methods.items():
        setattr(Tensor, name, title(name, function))
    for name in IN_PLACE:
        setattr(Tensor, f"{name}_", title(f"{name}_", in_place(methods[name])))
    for name, function in OPERATORS.items():
        setattr(Tensor, name, function)
    for name in AUGMENTED:
        setattr(Tensor, f"__i{name}__", in_place(OPERATORS[f"__{name}__"]))
    for name, own in CONVERSIONS.items():
        setattr(Tensor, name, convert_to(own))
    others: dict[str, Any] = {
        "T": property(shape.numpy_T),
        "mT": property(shape.matrix_transpose),
        "H": property(shape.numpy_T),
        "mH": property(shape.matrix_transpose),
        "real": property(lambda self: self),
        "where": lambda self, condition, other: elementwise.where(condition, self, other),
        "type": creation.type_,
        "type_as": lambda self, other: elementwise.to_dtype(self, other.dtype),
        "cpu": lambda self: self,
        "inverse": linalg.inv,
        "sum_to_size": lambda self, *size: apply.sum_to(self, shape.sizes(size)),
        "transpose_": becomes(shape.transpose),
        "t_": becomes(shape.t),
        "squeeze_": becomes(shape.squeeze),
        "unsqueeze_": becomes(shape.unsqueeze),
    }
    for name, value in others.items():
        setattr(Tensor, name, value)


def becomes(function: Callable[..., Any]) -> Callable[..., Any]:
    """A view operation as a method that changes the tensor's own shape."""

    def method(self: Tensor, *args: Any) -> Tensor:
        apply.check_overwrite(self)
        out = function(self, *args)
        self.array, self.node = out.array, out.node
        return self

    return method


attach()
