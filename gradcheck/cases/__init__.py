"""Every case, one page for each family. Importing this package fills `gradcheck.registry.CASES`."""

from gradcheck.cases import activations, linear, convolution, resampling, join, channels, gates, losses     # the ops
from gradcheck.cases import policy, vectors, batch_norm, sequences, layers, networks, encoder_decoder, digit_reader
from gradcheck.cases import lstm, dnc, dnc_layer, vector_memory, question_answering, explorer

__all__ = ["activations", "linear", "convolution", "resampling", "join", "channels", "gates", "losses", "policy",
           "vectors", "batch_norm", "sequences", "layers", "networks", "encoder_decoder", "digit_reader", "lstm", "dnc",
           "dnc_layer", "vector_memory", "question_answering", "explorer"]
