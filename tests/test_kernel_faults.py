"""Errors planted into the project's CUDA kernels, one at a time: each is found on the CPU, at the cases' own points."""

from dataclasses import replace

import pytest

from gradcheck.hostcuda import KernelFault, cases, check_many  # noqa: F401  (cases: the registry)
from gradcheck.hostcuda.registry import CASES

# kernel, what the text says, what it is made to say, the kind of fault
FAULTS = {
    # ---- shared memory, barriers, shuffles, parts
    "weights used before all are there": ("conv3x3",
        "    __syncthreads();\n    const int channels", "    const int channels", "reads unwritten memory"),
    "weights replaced while others use them": (
        "conv3x3", "    __syncthreads();                                        // all have", "    //", "race"),
    "barrier that only some threads reach": ("conv3x3",
        "bias[first + o] : T(0);\n", "bias[first + o] : T(0);\n  if (!inside) return;\n", "barrier after exit"),
    "sum of halves without a barrier": ("channel_dots", "    __syncthreads();\n", "", "reads unwritten memory"),
    "one half too many": ("channel_sums", "half = THREADS / 2", "half = THREADS", "array index"),
    "last half forgotten": ("channel_dots", "half; half /= 2", "half > 1; half /= 2", "value"),
    "part of another block": ("channel_sums", "parts[blockIdx.y * C + c]", "parts[blockIdx.y + c]", "race"),
    "every thread writes the sum": ("channel_sums", "if (t == 0) parts", "parts", "race"),
    "sum begins with nothing": ("channel_dots", "sums[t] = sum;", "sums[t] += sum;", "reads unwritten memory"),
    "half a warp forgotten": ("conv3x3_weights", "int d = 16;", "int d = 8;", "value"),
    "lane that holds no total": (
        "conv3x3_weights", "threadIdx.x == 0 && first", "threadIdx.x == 1 && first", "value"),
    "parts that overlap": (
        "conv3x3_weights", "min((part + 1) * length, N * H * B)", "min((part + 1) * length + 1, N * H * B)", "value"),
    "end of the last part": (
        "conv3x3_weights", "min((part + 1) * length, N * H * B)", "(part + 1) * length", "out of bounds"),

    # ---- edges
    "row above the image": ("conv3x3", "h + r < 1 || ", "", "out of bounds"),
    "row below the image": ("conv3x3", "|| h + r > H", "|| h + r > H + 1", "out of bounds"),
    "column right of the image": ("conv3x3", "from >= 0 && from < W", "from >= 0 && from <= W", "out of bounds"),
    "column left of the image": ("conv3x3", "from >= 0 && from < W", "from >= -1 && from < W", "out of bounds"),
    "column that is not there is written": ("conv3x3", "if (column + p < W && first", "if (first", "race"),
    "channel that is not there is written": (
        "conv3x3", "column + p < W && first + o < C_out", "column + p < W", "race"),
    "channel that is not there is loaded": ("conv3x3", "in < C_in && out < C_out;", "out < C_out;", "out of bounds"),
    "unit that is not there": ("conv3x3", "row < N * H;", "row <= N * H;", "out of bounds"),
    "window that runs over the edge": ("conv3x3_weights", "w + 1 < W ?", "w < W ?", "out of bounds"),
    "window that keeps the last row": ("conv3x3_weights", "v[r][0] = 0;", "", "value"),
    "gradient of a channel that is not there": (
        "conv3x3_weights", "const T d = first + o < C_out ?", "const T d = true ?", "out of bounds"),
    "padding that wraps around": ("im2col", "w >= 0 && w < x.shape()[3]", "w < x.shape()[3]", "axis index"),
    "padding on one side only": ("col2im", "h >= 0 && h <", "h > 0 && h <", "value"),

    # ---- indices and strides
    "pieces of four columns": ("conv3x3", "pieces * 3, row", "pieces * 4, row", "unwritten"),
    "kernel that is not turned": ("conv3x3", "((8 - tap) * C_out", "(tap * C_out", "value"),
    "channels of the kernel swapped": (
        "conv3x3", "(tap * C_in + in) * C_out + out", "(tap * C_out + out) * C_in + in", "value"),
    "tap of the kernel swapped": ("conv3x3", "weights[c][3 * r + k][o]", "weights[c][3 * k + r][o]", "value"),
    "stride of the batch forgotten": ("conv3x3", "x[start + from * B]", "x[start + from]", "value"),
    "channels and columns swapped": ("conv3x3_weights",
        "((row * C_out + first + o) * W + w) * B + b", "((row * W + w) * C_out + first + o) * B + b", "value"),
    "window that does not move": ("conv3x3_weights", "        v[r][0] = v[r][1];\n", "", "value"),
    "first channel of the gate forgotten": ("channel_dots", "(n * A + first + c)", "(n * A + c)", "value"),
    "stride of the wrong array": ("channel_dots", "(n * C + c)", "(n * A + c)", "out of bounds"),
    "tap moved the wrong way": ("col2im", "+ 1 - tap / 3", "- 1 + tap / 3", "value"),
    "rows and columns of a tap": ("im2col", "tap / 3 - 1, w", "tap % 3 - 1, w", "value"),
    "source by the wrong channel count": ("residual_add", "{frame, c, r}", "{frame, c - 1, r}", "axis index"),
    "frame of four maps": ("lstm_gates", "3 * map * (at / map)", "4 * map * (at / map)", "flat index"),
    "target of another row": ("softmax_cross_entropy", "row = i * classes", "row = i", "race"),

    "choices of another row": ("entropy", "row = i * choices", "row = i", "race"),

    # ---- the join
    "coarse cells by the fine index": (
        "join", "coarse[{r / 2, c, w / 2, b}]", "coarse[{r, c, w / 2, b}]", "axis index"),
    "window half open": (
        "join", "larger(fine[{2 * r + 1, f, 2 * w, b}]", "larger(fine[{2 * r, f, 2 * w, b}]", "value"),
    "channels of the neighbours swapped": ("join", "c - up - middle", "c - middle", "axis index"),
    "last maximum wins": ("join_backward", "c, 2 * w + q % 2, b}] > fine", "c, 2 * w + q % 2, b}] >= fine", "value"),
    "gradient of the fine grid replaced": (
        "join_backward", "winner % 2, b}] += dy", "winner % 2, b}] = dy", "value"),
    "three of four copies": ("join_backward", " + dy[{2 * r, c, 2 * w + 1, b}])", ")", "value"),
    "gradient of the coarse channels twice": (
        "join_backward", "dsame[k] += dy[{r, first + c", "dsame[k] += dy[{r, c", "value"),

    # ---- the cell
    "gates swapped": ("lstm_gates",
        "at_g = at_i + map, at_f = at_g + map, at_o = at_f + map",
        "at_f = at_i + map, at_g = at_f + map, at_o = at_g + map", "value"),
    "map of what was remembered forgotten": ("lstm_gates", "z_x[at_g] + z_h[at_g]", "z_x[at_g]", "value"),
    "forget bias lost": ("lstm_gates", " + forget_bias", "", "value"),
    "bias of another gate": ("lstm_gates", "bias[2 * channels + channel]", "bias[channels + channel]", "value"),
    "peephole to the old cell": ("lstm_gates_peephole", "SEEN(2, cell)", "SEEN(2, c_previous)", "value"),
    "peephole lost on the way back": ("lstm_gates_peephole_backward", " + SEEN(1, dz_forget)", "", "value"),
    "peepholes in the order of the gates": (
        "lstm_gates_peephole_backward", "SEEN(2, dz_out)", "SEEN(1, dz_out)", "value"),
    "derivative of another nonlinearity": (
        "lstm_gates_backward", "in * (T(1) - candidate * candidate)", "in * candidate * (T(1) - candidate)", "value"),
    "cell's gradient twice": ("lstm_gates_backward", "const T dcell = dc +", "const T dcell = T(2) * dc +", "value"),
    "gate that is not kept": ("lstm_gates", "    gates[at_f] = forget;\n", "", "unwritten"),

    # ---- types and values
    "float literal in a double kernel": (
        "rmsprop", "(grads * grads - mean_square)", "(1.0000001f * grads * grads - mean_square)", "value"),
    "float sums in a double kernel": ("add_parts", "T sum = 0;", "float sum = 0;", "value"),
    "float function in a double kernel": ("sigmoid_cross_entropy", "log1p(exp(", "log1pf(expf(", "value"),
    "double sum that was rounded": ("conv3x3_weights", "T total = ", "T total = (float)", "value"),
    "+= on an output that holds nothing": ("bias_relu", "y = z <", "y += z <", "reads unwritten memory"),
    "gradient at the kink": ("relu_backward", "y > T(0)", "y >= T(0)", "value"),
    "exponential of a large number": ("sigmoid_cross_entropy", "exp(-fabs(logits))", "exp(logits)", "value"),
    "maximum not taken off": ("softmax_cross_entropy", "T most = logits[row]", "T most = 0", "value"),
    "entropy without its sign": ("entropy", "entropy = -sum", "entropy = sum", "value"),
    "maximum not taken off the choices": ("entropy", "T most = logits[row]", "T most = 0", "value"),
    "entropy forgotten in its gradient": ("entropy", "(log_p - sum)", "log_p", "value"),
    "mask of the gradient forgotten": ("sigmoid_cross_entropy", "scale * mask *", "scale *", "value"),
    "epsilon outside the root": ("rmsprop", "sqrt(mean_square + epsilon)", "(sqrt(mean_square) + epsilon)", "value"),
    "momentum after the step": (
        "sgd", "momentum * velocity + rate * grads", "momentum * (velocity + rate * grads)", "value"),
    "moments not corrected": ("adam", "sqrt(growth * square)", "sqrt(square)", "value"),
    "clipped by the square": ("clip", "limit / norm", "limit / squares", "value"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found(name):
    kernel, old, new, kind = FAULTS[name]
    case = CASES[kernel]
    field = next(f for f in ("operation", "code") if hasattr(case.kernel, f))
    text = getattr(case.kernel, field)
    assert text.count(old) == 1, f"{kernel}: {old!r} is there {text.count(old)} times"
    broken = replace(case.kernel, **{field: text.replace(old, new)})
    with pytest.raises(KernelFault) as found:
        check_many(broken, case.draw, case.count, dtypes=case.dtypes, **case.options)
    assert found.value.kind == kind, found.value
