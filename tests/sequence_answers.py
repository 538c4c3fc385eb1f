"""What the inputs of copy, repeat copy, sort and recall ask for, read step by step. For the tests of these tasks."""

import numpy as np

from mgnm.tasks import Copy, Recall, RepeatCopy, Sort

TASKS = [Copy, RepeatCopy, Sort, Recall]


def random_task(kind, seed):
    choose = np.random.default_rng(seed)
    low, high = sorted(choose.integers(1, 7, size=2).tolist())
    bits, shared = int(choose.integers(1, 6)), bool(choose.integers(2))
    if kind is Copy:
        return Copy(bits=bits, shortest=low, longest=high, shared_length=shared)
    if kind is RepeatCopy:
        fewest, most = sorted(choose.integers(1, 5, size=2).tolist())
        return RepeatCopy(bits=bits, shortest=low, longest=high, fewest_repeats=fewest, most_repeats=most,
                          shared_length=shared)
    if kind is Sort:
        items = int(choose.integers(1, 12))
        return Sort(items=items, bits=bits, top=int(choose.integers(1, items + 1)))
    return Recall(vectors=low, bits=6, fewest=low + 1, most=high + 1)


def draw(task, batch, seed):
    episode = task.episode(batch, np.random.default_rng(seed))
    return episode.chunk(0, episode.length)


def copy_answer(task, steps):
    """The vectors up to the end flag; what is not as the convention says fails here."""
    vectors, flags = [step[:task.bits] for step in steps], [step[task.bits] for step in steps]
    length = flags.index(1)
    assert sum(flags) == 1 and task.shortest <= length <= task.longest
    assert not any(any(vector) for vector in vectors[length:])
    return vectors[:length]


def repeat_copy_answer(task, steps):
    starts, counts = [step[task.bits] for step in steps], [step[task.bits + 1] for step in steps]
    assert starts == [1] + [0] * (len(steps) - 1)
    end = next(t for t, count in enumerate(counts) if count)
    repeats = round(counts[end] * task.most_repeats)
    assert counts[end] == np.float32(repeats / task.most_repeats) and sum(map(bool, counts)) == 1
    assert task.fewest_repeats <= repeats <= task.most_repeats and task.shortest <= end - 1 <= task.longest
    assert not any(steps[0][:task.bits]) and not any(any(step[:task.bits]) for step in steps[end:])
    return [[*step[:task.bits], 0] for step in steps[1:end]] * repeats + [[0] * task.bits + [1]]


def sort_answer(task, steps):
    assert all(-1 <= step[task.bits] <= 1 for step in steps) and len(steps) == task.items
    return [step[:task.bits] for step in sorted(steps, key=lambda step: -step[task.bits])][:task.top]


def recall_answer(task, steps):
    """What followed the query; where items are equal, any of the right answers: (the answer, place of the query)s."""
    parts = [steps[i:i + task.vectors + 1] for i in range(0, len(steps), task.vectors + 1)]
    assert [part[0][task.bits:] for part in parts] == [[1, 0]] * (len(parts) - 1) + [[0, 1]]
    assert not any(any(part[0][:task.bits]) or any(any(step[task.bits:]) for step in part[1:]) for part in parts)
    *items, query = ([step[:task.bits] for step in part[1:]] for part in parts)
    assert task.fewest <= len(items) <= task.most
    return [(items[k + 1], k + 1) for k in range(len(items) - 1) if items[k] == query]


class Oracle:
    """The interface of a network; answers by reading the input as the docstrings say. Keeps what it was shown."""

    def __init__(self, task):
        self.task, self.seen = task, []

    def answer(self, steps):
        if isinstance(self.task, Recall):
            return recall_answer(self.task, steps)[0][0]
        answers = {Copy: copy_answer, RepeatCopy: repeat_copy_answer, Sort: sort_answer}
        return answers[type(self.task)](self.task, steps)

    def forward(self, inputs, state=None):
        assert state is None
        self.seen.append(inputs["input"])
        shape = inputs["steps"], inputs["input"].shape[1], self.task.output_channels
        logits = np.full(shape, -30, np.float32)
        for b in range(shape[1]):
            answer = np.array(self.answer(inputs["input"][:, b].tolist()))
            logits[:len(answer), b] += 60 * answer
        return logits, {}, None
