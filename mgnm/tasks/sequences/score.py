"""The two measures of an answer in bits (REFERENCE 7), for all sequences and for groups of them.

    bits per sequence   sum of -log2 p(bit) over the target bits of a sequence, mean over sequences
    bit error           the share of target bits that are wrong when p > 1/2 is read as a 1
"""

from dataclasses import dataclass, field
from math import log

from ... import ops

NOTHING = (0, 0, 0, 0)


@dataclass(frozen=True)
class BitScores:
    """Sums {group: (sequences, bits, wrong target bits, target bits)}; "" is the group of everything.

    The sums are numbers, or arrays of one number that stay on the network's device until somebody reads them. Scores are
    joined by `+`; an empty `BitScores()` is the neutral one. A group of single items, not of whole sequences, counts 0
    sequences and has a bit error only.
    """

    groups: dict = field(default_factory=dict)

    @classmethod
    def of_logits(cls, logits, targets):
        """Count from logits (T, B, K), whose sign says which bit is meant, and BitTargets on the same device."""
        if logits.shape != targets.bits.shape:
            raise ValueError(f"predictions {logits.shape} and targets {targets.bits.shape} differ in shape")
        wrong = (logits > 0) != (targets.bits > 0)                                              # (T, B, K)

        def count(sequences, asked):                                                            # asked: (T, B, 1)
            nats, _ = ops.sigmoid_cross_entropy(logits, targets.bits, asked, "sum")
            return sequences, nats.astype("float64") / log(2), (wrong & asked).sum(), asked.sum() * logits.shape[2]

        groups = {"": count(logits.shape[1], targets.mask)}
        for name, members in targets.groups.items():                                            # (B,) or (T, B)
            groups[name] = count(members.sum() if members.ndim == 1 else 0, targets.mask & members[..., None])
        return cls(groups)

    def __add__(self, other):
        both = self.groups, other.groups
        return BitScores({name: tuple(x + y for x, y in zip(*(groups.get(name, NOTHING) for groups in both)))
                          for name in both[0] | both[1]})

    def counts(self):
        """What `BitScores(*counts)` makes the same scores from: plain numbers, fit for JSON."""
        return [{name: [int(sequences), float(bits), int(wrong), int(asked)]
                 for name, (sequences, bits, wrong, asked) in self.groups.items()}]

    def summary(self):
        """{"bits_per_sequence", "bit_error"}, and for a group "n3" "bits_per_sequence_n3" and "bit_error_n3".

        Without any sequences the first two are 0; a group of which there was nothing is left out.
        """
        [groups] = self.counts()
        numbers = {}
        for name in sorted({"", *groups}):
            sequences, bits, wrong, asked = groups.get(name, NOTHING)
            tail = f"_{name}" if name else ""
            if sequences or not name:
                numbers[f"bits_per_sequence{tail}"] = bits / max(sequences, 1)
            if asked or not name:
                numbers[f"bit_error{tail}"] = wrong / max(asked, 1)
        return numbers

    def __str__(self):
        summary = self.summary()
        return f"{summary['bits_per_sequence']:.2f} bits, {summary['bit_error']:.1%} wrong"
