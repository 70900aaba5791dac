"""Which operations are functions of `torch`, which are methods of Tensor, and under what names: the whole list in one place."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
from collections.abc import Callable
from types import ModuleType
from typing import Any

from pellucid.torch import creation, dtypes
from pellucid.torch.ops import (
    apply,
    choice,
    contraction,
    cumulative,
    decompositions,
    differences,
    distances,
    elementwise,
    exponentials,
    extremes,
    factorizations,
    index,
    inplace,
    joining,
    matrices,
    norms,
    order,
    products,
    reduce,
    scatter,
    selection,
    shape,
    special,
    statistics,
    systems,
    truth,
    views,
)
from pellucid.torch.ops.inplace import in_place
from pellucid.torch.random import sampling
from pellucid.torch.size import sizes
from pellucid.torch.tensor import Tensor

BOTH: dict[ModuleType, str] = {
    elementwise: """
        abs acos acosh add addcdiv addcmul arctan2 asin asinh atan atan2 atanh ceil clamp clamp_max clamp_min clip
        copysign cos cosh deg2rad div exp exp2 expm1 fix float_power floor floor_divide fmax fmin fmod frac frexp gcd
        heaviside hypot lcm ldexp lerp log log10 log1p log2 logaddexp logaddexp2 logit maximum minimum mul nan_to_num
        neg nextafter pow rad2deg reciprocal relu remainder round rsqrt sgn sigmoid sign sin sinc sinh sqrt square sub
        tan tanh trunc
    """,
    special: "digamma erf erfc erfinv i0 igamma igammac lgamma mvlgamma xlogy",
    truth: """
        allclose bitwise_and bitwise_left_shift bitwise_not bitwise_or bitwise_right_shift bitwise_xor eq equal ge
        greater greater_equal gt isclose isfinite isinf isnan isneginf isposinf isreal le less less_equal logical_and
        logical_not logical_or logical_xor lt ne not_equal signbit
    """,
    reduce: "all any count_nonzero mean nanmean nansum prod sum",
    extremes: "amax amin aminmax argmax argmin",
    statistics: "corrcoef cov median mode nanmedian nanquantile quantile std var",
    cumulative: "cummax cummin cumprod cumsum logcumsumexp",
    norms: "dist norm renorm",
    exponentials: "log_softmax logsumexp softmax",
    order: "argsort bincount histc kthvalue max min msort sort topk unique unique_consecutive",
    views: """
        adjoint as_strided broadcast_to diagonal flatten moveaxis movedim narrow permute ravel reshape select
        squeeze swapaxes swapdims t transpose unflatten unsqueeze
    """,
    joining: "chunk dsplit hsplit split split_with_sizes tensor_split unbind vsplit",
    shape: "clone diag diag_embed diagflat flip fliplr flipud repeat_interleave roll rot90 tile tril triu",
    selection: """
        argwhere diagonal_scatter index_add index_copy index_fill index_reduce index_select masked_fill
        masked_scatter masked_select nonzero put select_scatter slice_scatter take
    """,
    differences: "diff",
    scatter: "gather scatter scatter_add scatter_reduce take_along_dim",
    index: "index_put",
    products: """
        addbmm addmm addmv addr baddbmm bmm cross dot ger inner kron matmul mm mv outer trace vdot
    """,
    factorizations: "cholesky_inverse cholesky_solve triangular_solve",
    systems: "cholesky det logdet slogdet",
    matrices: "matrix_exp matrix_power",
    decompositions: "pinverse qr",
    creation: "numel is_floating_point is_complex is_nonzero is_same_size",
    sampling: "bernoulli multinomial",
}
FUNCTIONS: dict[ModuleType, str] = {
    elementwise: "rsub",
    choice: "where",
    statistics: "std_mean var_mean",
    differences: "cumulative_trapezoid gradient trapezoid trapz",
    index: "fill",
    order: "bucketize histogram isin searchsorted unravel_index",
    joining: """
        atleast_1d atleast_2d atleast_3d cartesian_prod cat column_stack combinations concat concatenate dstack
        hstack meshgrid row_stack stack vstack
    """,
    shape: "block_diag constant_pad_nd",
    views: "broadcast_shapes broadcast_tensors",
    selection: "tril_indices triu_indices",
    distances: "cdist pdist",
    matrices: "chain_matmul",
    factorizations: "lu_unpack",
    contraction: "einsum tensordot",
    creation: """
        arange as_tensor asarray bartlett_window blackman_window empty empty_like eye from_numpy full full_like
        frombuffer hamming_window hann_window is_tensor kaiser_window linspace logspace ones ones_like
        scalar_tensor tensor zeros zeros_like
    """,
    sampling: "rand rand_like randint randint_like randn randn_like randperm",
}
METHODS: dict[ModuleType, str] = {
    shape: "contiguous repeat",
    views: "expand expand_as reshape_as unfold view view_as",
    index: "copy_ fill_ index_put_ zero_",
    selection: "fill_diagonal_",
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
    "inverse": systems.inv,
    "multiply": elementwise.mul,
    "negative": elementwise.neg,
    "special_expit": elementwise.sigmoid,
    "conj": elementwise.itself,
    "conj_physical": elementwise.itself,
    "positive": elementwise.itself,
    "resolve_conj": elementwise.itself,
    "resolve_neg": elementwise.itself,
    "lu": factorizations.lu_legacy,
    "lu_solve": factorizations.lu_solve_legacy,
    "subtract": elementwise.sub,
    "unsafe_chunk": joining.chunk,
    "unsafe_split": joining.split,
    "svd": decompositions.svd_legacy,
    "true_divide": elementwise.true_divide,
}
IN_PLACE = """
    abs absolute acos acosh add addbmm addcdiv addcmul addmm addmv addr arccos arccosh arcsin arcsinh arctan
    arctan2 arctanh asin asinh atan atan2 atanh baddbmm bitwise_and bitwise_left_shift bitwise_not bitwise_or
    bitwise_right_shift bitwise_xor ceil clamp clamp_max clamp_min clip copysign cos cosh cumprod cumsum deg2rad
    digamma div divide eq erf erfc erfinv exp exp2 expm1 fix float_power floor floor_divide fmod frac gcd ge
    greater greater_equal gt heaviside hypot i0 igamma igammac index_add index_copy index_fill index_reduce lcm
    ldexp le lerp less less_equal lgamma log log10 log1p log2 logical_and logical_not logical_or logical_xor
    logit lt masked_fill masked_scatter mul multiply mvlgamma nan_to_num ne neg negative nextafter not_equal pow
    put rad2deg reciprocal relu remainder renorm round rsqrt scatter scatter_add scatter_reduce sgn sigmoid sign
    sin sinc sinh sqrt square sub subtract tan tanh tril triu true_divide trunc xlogy
"""
AS_FUNCTIONS = """
    abs acos acosh arccos arccosh arcsin arcsinh arctan arctanh asin asinh atan atanh ceil clamp clamp_max
    clamp_min clip cos cosh deg2rad erf erfc exp exp2 expm1 fix floor frac gcd i0 index_put lcm ldexp log log10
    log1p log2 logit nan_to_num neg negative rad2deg reciprocal relu round rsqrt sigmoid sin sinc sinh sqrt
    square tan tanh trunc xlogy zero fill detach
"""  # in-place methods that are functions of torch too, as torch.exp_


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
    "__matmul__": products.matmul,
    "__rmatmul__": reverse(products.matmul),
    "__and__": truth.bitwise_and,
    "__rand__": reverse(truth.bitwise_and),
    "__or__": truth.bitwise_or,
    "__ror__": reverse(truth.bitwise_or),
    "__xor__": truth.bitwise_xor,
    "__rxor__": reverse(truth.bitwise_xor),
    "__lshift__": truth.bitwise_left_shift,
    "__rshift__": truth.bitwise_right_shift,
    "__rlshift__": reverse(truth.bitwise_left_shift),
    "__rrshift__": reverse(truth.bitwise_right_shift),
    "__neg__": elementwise.neg,
    "__pos__": lambda self: self,
    "__abs__": elementwise.abs,
    "__invert__": truth.bitwise_not,
    "__eq__": truth.eq,
    "__ne__": truth.ne,
    "__lt__": truth.lt,
    "__le__": truth.le,
    "__gt__": truth.gt,
    "__ge__": truth.ge,
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
        "detach": lambda input: input.detach(),
        "polygamma": special.polygamma,
        "real": elementwise.itself,
        "vander": matrices.vander,
        "special_entr": special.entr,
        "t": views.t,
    }
    return found | {f"{name}_": getattr(Tensor, f"{name}_") for name in AS_FUNCTIONS.split()}


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
    for name in IN_PLACE.split():
        setattr(Tensor, f"{name}_", title(f"{name}_", in_place(methods[name])))
    for name, function in OPERATORS.items():
        setattr(Tensor, name, function)
    for name in AUGMENTED:
        setattr(Tensor, f"__i{name}__", in_place(OPERATORS[f"__{name}__"]))
    for name, own in CONVERSIONS.items():
        setattr(Tensor, name, convert_to(own))
    others: dict[str, Any] = {
        "T": property(views.numpy_T),
        "mT": property(views.matrix_transpose),
        "H": property(views.numpy_T),
        "mH": property(views.matrix_transpose),
        "real": property(lambda self: self),
        "where": lambda self, condition, other: choice.where(condition, self, other),
        "type": creation.type_,
        "type_as": lambda self, other: elementwise.to_dtype(self, other.dtype),
        "polygamma": lambda self, n: special.polygamma(n, self),
        "__rdiv__": elementwise.divide_by,
        "cpu": lambda self: self,
        "get_device": lambda self: -1,
        "histogram": order.histogram,
        "is_cpu": True,
        "inverse": systems.inv,
        "sum_to_size": lambda self, *size: apply.sum_to(self, sizes(size)) if sizes(size) else self.sum(),
        "transpose_": becomes(views.transpose),
        "t_": becomes(views.t),
        "squeeze_": becomes(views.squeeze),
        "unsqueeze_": becomes(views.unsqueeze),
    }
    for name, value in others.items():
        setattr(Tensor, name, value)


def becomes(function: Callable[..., Any]) -> Callable[..., Any]:
    """A view operation as a method that changes the tensor's own shape."""

    def method(self: Tensor, *args: Any) -> Tensor:
        inplace.check_overwrite(self)
        out = function(self, *args)
        if self.base is not None:
            self.path = out.path
        self.array, self.node = out.array, out.node
        self.clock[0] += 1
        return self

    return method


attach()
