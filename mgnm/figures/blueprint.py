"""What a network is made of, as its settings say it: strands of layers, what enters and leaves them, and who tells whom."""

from dataclasses import dataclass
from math import prod

MEMORY, CONVOLUTION, DENSE, TABLE = "memory", "convolution", "dense", "table"       # kinds of layers


@dataclass(frozen=True)
class Layer:
    """grids: {level: (rows, columns)}; a vector is a grid of one column. channels: of every grid; text: to stand above."""

    kind: str
    grids: dict
    channels: int
    text: str


@dataclass(frozen=True)
class Strand:
    """Layers one after another. entry, exit: what goes in and comes out, in words; residuals: [from, to], counted from 1;
    start: the column where it begins, so that who tells and who is told stand one above the other."""

    title: str
    entry: str
    layers: list
    exit: str
    residuals: list = ()
    start: int = 0


@dataclass(frozen=True)
class Blueprint:
    """strands: from top to bottom; links: [((strand, layer) that tells, (strand, layer) that is told)], counted from 0;
    told: what goes along them."""

    strands: list
    links: list
    told: str


def blueprint(network):
    """The Blueprint of a network that `mgnm.build` made."""
    return BLUEPRINTS[network.kind](network)


def reader_writer(network):
    """A writer, and below it a reader whose layers see the writer's."""
    config, exchange = network.config, network.exchange
    if network.kind == "digit_reader":
        shown, exit, fitted = f"images\n{shape(exchange.input)}", f"linear map\n{exchange.output[0]} classes", ""
    else:
        shown, exit = f"observation\n{shape(exchange.input)}", f"map\n{shape(exchange.output)}"
        side = config.entry_side * (network.times if network.kind == "conv_lstm" else 1)
        fitted = f"\nenlarged to {side}x{side}" * (side > config.entry_side)
        fitted += f"\nlaid into {config.base}x{config.base}" * (side < config.base)
    writer = _memories(config.writer, config.base)
    reader = [_grids(CONVOLUTION, levels, channels, config.base) for levels, channels
              in zip(config.levels, [*config.reader, *(channels for _, channels in config.narrowing)])]
    strands = [Strand("writer", shown + fitted, writer, "", config.writer_residuals),
               Strand("reader, then narrowing", f"query{fitted}", reader, exit, config.reader_residuals)]
    told = "h of every level" + ", after the last image" * (network.kind == "digit_reader")
    return Blueprint(strands, [((0, l), (1, l)) for l in range(len(writer))], told)


def explorer(network):
    """A reader/writer, and above it the agent, who sees the last layer of the writer, or has a guide to read all of them."""
    below, config = reader_writer(network), network.config
    guide = [_grids(CONVOLUTION, levels, channels, config.base) for levels, channels in zip(config.levels, config.guide)]
    layers, entry = len(config.writer), "linear map of all cells,\nand of the observation"
    start = 0 if guide else layers - 1
    agent = _agent(network, start, below.strands[0].entry if guide else entry, guide)
    links = [((1, l), (0, l - start)) for l in range(start, layers)]
    links += [((1, told), (2, seen)) for (_, told), (_, seen) in below.links]
    return Blueprint([agent, *below.strands], links, below.told)


def encoder_decoder(network):
    """An encoder, and below it a decoder that starts with its state."""
    config, exchange = network.config, network.exchange
    entry = f"{config.base}x{config.base}, {config.grid_channels} channels"
    width = f"tanh layer of {config.input_layer}\n" * bool(config.input_layer)
    shown = (f"images\n{shape(exchange.input)}" if config.input == "images"
             else f"vectors of {config.input_channels}\n{width}linear map to\n{entry}")
    layers, norm = _memories(config.layers, config.base), "batch norm\n" * (config.batch_norm != "none")
    strands = [Strand("encoder", shown, layers, "", config.residuals),
               Strand("decoder", "a learned constant\nof the same form", layers,
                      f"{norm}linear map of all cells\nvectors of {config.output_channels}", config.residuals)]
    return Blueprint(strands, [((0, l), (1, l)) for l in range(len(layers))], "h and c at the end of the input")


def question_answering(network):
    """One memory."""
    config = network.config
    shown = f"vectors of words\nlinear map to\n{config.base}x{config.base}, {config.grid_channels} channels"
    memory = Strand("memory", shown, _memories(config.layers, config.base), "linear map of all cells\nlogits of words",
                    config.residuals)
    return Blueprint([memory], [], "")


def lstm(network):
    """Layers of an LSTM, and below them the reader."""
    return _vectors(network, [])


def dnc(network):
    """A controller, an LSTM, and its memory of slots, and below them the reader."""
    config = network.config
    text = f"{config.slots} slots of {config.width}\n{config.heads} read heads"
    slots = Layer(TABLE, {0: (config.slots, config.width)}, 1, text)
    return _vectors(network, [slots])


def lstm_explorer(network):
    """Layers of an LSTM, above them the agent, below them the reader."""
    below, last = _vectors(network, []), network.config.layers - 1
    return Blueprint([_agent(network, last, "", []), *below.strands], [((1, last), (0, 0)), ((1, last), (2, 0))], below.told)


BLUEPRINTS = {"reader_writer": reader_writer, "conv_lstm": reader_writer, "digit_reader": reader_writer,
              "explorer": explorer, "encoder_decoder": encoder_decoder, "question_answering": question_answering,
              "lstm": lstm, "dnc": dnc, "lstm_explorer": lstm_explorer}


def shape(lengths):
    """The shape of what goes in or out, in words; of a pyramid, of all its levels."""
    if isinstance(lengths, dict):
        return "\n".join(shape(level) for level in lengths.values())
    return "x".join(map(str, lengths))


def _memories(layers, base):
    return [_grids(MEMORY, range(levels), channels, base) for levels, channels in layers]


def _grids(kind, levels, channels, base):
    grids = {j: 2 * (base * 2 ** j,) for j in levels}
    sides = " to ".join(dict.fromkeys(shape(grids[j]) for j in (levels[0], levels[-1])))
    return Layer(kind, grids, channels, f"{channels} channel{'s' * (channels > 1)}\n{sides}")


def _agent(network, start, entry, guide):
    config = network.config
    hidden = Layer(DENSE, {0: (config.head_units, 1)}, 1, f"tanh, {config.head_units}")
    return Strand("agent", entry, [*guide, hidden], f"policy, {config.actions} ways to go\nvalue", start=start)


def _vectors(network, memory):
    config, exchange = network.config, network.exchange
    queried = exchange.questions in ("every", "last", "where")
    layers = [Layer(MEMORY, {0: (config.units, 1)}, 1, f"LSTM, {config.units}")] * config.layers + memory
    reader = [Layer(DENSE, {0: (width, 1)}, 1, f"relu, {width}") for width in config.reader]
    answers = prod(exchange.output)
    reader.append(Layer(DENSE, {0: (answers, 1)}, 1, f"linear, {answers}"))
    shown = f"observation\n{shape(exchange.input)}" if queried else f"vectors of {exchange.input[0]}"
    strands = [Strand("memory", shown, layers, ""),
               Strand("reader", "query" * queried, reader, f"answer\n{shape(exchange.output)}", start=len(layers) - 1)]
    return Blueprint(strands, [((0, len(layers) - 1), (1, 0))], "what the memory puts out")
