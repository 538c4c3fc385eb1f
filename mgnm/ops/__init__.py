"""Pure functions in pairs: `y, cache = op(x, ...)` and, right below it, `dx, ... = op_backward(dy, cache)`.

Axes: T time, H height, W width, C channels, B batch. A grid over time is (T, H, C, W, B): one image row of all channels
and sequences is one contiguous run, which makes a 3x3 convolution a product with a strided view (see `convolution`) and
lets every slice of gates, rows or channels move long runs of memory. The pages of `dnc` have axes of their own.
"""

from .activations import relu, relu_backward, sigmoid, sigmoid_backward, tanh, tanh_backward
from .batch_norm import batch_norm, batch_norm_backward
from .channels import concatenate, concatenate_backward, residual_add, residual_add_backward
from .convolution import conv3x3, conv3x3_backward
from .dnc import (allocation_weighting, allocation_weighting_backward, content_weighting, content_weighting_backward,
                  directional_weightings, directional_weightings_backward, erase_and_add, erase_and_add_backward,
                  memory_access, memory_access_backward, memory_interface, memory_interface_backward, read_slots,
                  read_slots_backward, read_weighting, read_weighting_backward, slot_usage, slot_usage_backward,
                  temporal_links, temporal_links_backward, write_precedence, write_precedence_backward, write_weighting,
                  write_weighting_backward)
from .dropout import dropout, dropout_backward
from .gates import lstm_gates, lstm_gates_backward
from .join import join, join_backward, maxpool, maxpool_backward, upsample, upsample_backward
from .linear import linear, linear_backward
from .losses import (sigmoid_cross_entropy, sigmoid_cross_entropy_backward, softmax_cross_entropy,
                     softmax_cross_entropy_backward)
from .lstm import lstm_scan, lstm_scan_backward, lstm_step, lstm_step_backward, lstm_weight_gradients
from .memory import multigrid_memory, multigrid_memory_backward
from .multigrid import multigrid_conv, multigrid_conv_backward
from .policy import (entropy, entropy_backward, generalised_advantages, policy_gradient, policy_gradient_backward,
                     squared_error, squared_error_backward)
from .scan import memory_scan, memory_scan_backward
from .softmax import softmax, softmax_backward
from .vectors import grid_to_vectors, grid_to_vectors_backward, vectors_to_grid, vectors_to_grid_backward

__all__ = [name for name in dir() if not name.startswith("_") and callable(globals()[name])]
