"""Does a network fit a task? Its exchange has to be the task's: what is asked and when, what is shown, what is answered."""

from ..errors import UserError
from ..networks import KINDS
from ..networks.exchange import QUESTIONS, finest


def check_fits(network, wanted):
    """UserError unless the network's exchange is the wanted one.

    A network that looks at one image may be given a pyramid: it takes the finest.
    """
    own = network.exchange
    if own.questions != wanted.questions:
        fitting = [kind for kind, cls in KINDS.items() if wanted.questions in cls.questions]
        setting, use = f'network.kind = "{network.kind}"', " or ".join(fitting)
        if network.kind in fitting:
            setting, use = f'network.questions = "{own.questions}"', f'"{wanted.questions}"'
        raise UserError(f"{setting} does not fit this task: use {use}, for {QUESTIONS[wanted.questions]}")
    if own.input not in (wanted.input, finest(wanted.input)):
        raise UserError(f"the network takes {_text(own.input)} at a step and the task gives {_text(wanted.input)}: change "
                        f"{own.input_settings}, or {wanted.input_settings}")
    if own.output != wanted.output:
        raise UserError(f"the network answers with {_text(own.output)} at a step and the task wants "
                        f"{_text(wanted.output)}: change {own.output_settings}, or {wanted.output_settings}")
    if own.actions != wanted.actions:
        raise UserError(f"the network chooses among {own.actions} actions and the task has {wanted.actions}: change "
                        "network.actions")


def _text(shape):
    if isinstance(shape, dict):
        return "images of " + " and ".join(_text(each) for each in shape.values())
    return f"vectors of {shape[0]}" if len(shape) == 1 else " x ".join(map(str, shape))
