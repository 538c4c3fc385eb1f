"""The mapping task against plain loops: what is seen, what is asked, what is to be marked, and how it is scored."""

import dataclasses

import numpy as np
import pytest

import mgnm
from mgnm.errors import UserError
from mgnm.tasks import Mapping
from mgnm.tasks.mapping import Scores
from mgnm.tasks.mapping.patches import patch_ids


def wall_at(maze, row, column):
    size = len(maze)
    return True if not (0 <= row < size and 0 <= column < size) else bool(maze[row][column])


def patch_around(maze, row, column, side):
    half = side // 2
    return tuple(tuple(wall_at(maze, r, c) for c in range(column - half, column + half + 1))
                 for r in range(row - half, row + half + 1))


def loop_chunk(settings, mazes, rows, columns, query_steps):
    """Inputs and targets of a whole episode, one cell after the other, from the definition alone."""
    size, view, query, frame = (settings[name] for name in ("size", "view", "query", "frame"))
    length, batch = rows.shape
    observation = np.zeros((length, batch, view, view, 4))
    asked = np.zeros((length, batch, view, view, 4))
    targets = np.zeros((length, batch, frame, frame, 1))
    start = frame // 2 + 1
    while start + (size - 2) - size // 2 >= frame:          # the last inner cell would lie outside
        start -= 1
    for b in range(batch):
        around = {(r, c): patch_around(mazes[b], r, c, query) for r in range(1, size - 1) for c in range(1, size - 1)}
        visited = []
        for t in range(length):
            here = rows[t, b], columns[t, b]
            visited.append(here)
            drawn = [start + here[0] - size // 2, start + here[1] - size // 2]
            if settings["positions"] == "normalised":
                drawn = [(p - start) / (size // 2) for p in drawn]
            elif settings["positions"] == "centred":
                drawn = [(p - frame // 2 - 1) / 4 for p in drawn]
            for i, line in enumerate(patch_around(mazes[b], *here, view)):
                for j, wall in enumerate(line):
                    observation[t, b, i, j] = [not wall, wall, *drawn]
            wanted = around[visited[query_steps[t, b]]]
            margin = (view - query) // 2
            for i, line in enumerate(wanted):
                for j, wall in enumerate(line):
                    asked[t, b, margin + i, margin + j] = [not wall, wall, 0, 0]
            for r, c in visited:
                if around[r, c] == wanted:
                    targets[t, b, start + r - size // 2, start + c - size // 2, 0] = 1
    return observation, asked, targets


def random_settings(seed):
    choose = np.random.default_rng(seed)
    size = int(choose.choice([5, 7, 9, 11]))
    view = int(choose.choice([3, 5, 7, 9]))
    query = int(choose.choice(range(3, view + 1, 2)))
    return dict(size=size, view=view, query=query, complexity=float(choose.choice([0.0, 0.05, 0.2])),
                density=float(choose.choice([0.0, 0.2, 0.8])), walk=str(choose.choice(["spiral", "random"])),
                length=int(choose.choice([0, 1, 13, 2 * size * size])), frame=size + int(choose.integers(-2, 4)),
                positions=str(choose.choice(["raw", "normalised", "centred"])), shared_query=bool(choose.integers(2)))


@pytest.mark.parametrize("seed", range(40))
def test_chunks_equal_the_loops(seed):
    settings = random_settings(seed)
    episode = Mapping(**settings).episode(3, np.random.default_rng(seed))
    path = episode.rows, episode.columns
    assert episode.length == (settings["length"] or (settings["size"] - 2) ** 2) == len(episode.rows)
    inputs, targets = episode.chunk(0, episode.length)
    observation, asked, expected = loop_chunk(settings, episode.mazes, *path, episode.query_steps)
    assert inputs.keys() == {"observation", "query"}
    assert all(x.dtype == np.float32 for x in (*inputs.values(), targets))
    np.testing.assert_allclose(inputs["observation"], observation, rtol=1e-6)
    np.testing.assert_array_equal(inputs["query"], asked)
    np.testing.assert_array_equal(targets, expected)


@pytest.mark.parametrize("seed", range(6))
def test_chunks_join_to_the_whole(seed):
    episode = Mapping(**random_settings(seed)).episode(2, np.random.default_rng(seed))
    inputs, targets = episode.chunk(0, episode.length)
    for step in (1, 4, 20):
        parts = [episode.chunk(t, min(t + step, episode.length)) for t in range(0, episode.length, step)]
        assert np.array_equal(np.concatenate([part[1] for part in parts]), targets)
        for name in inputs:
            assert np.array_equal(np.concatenate([part[0][name] for part in parts]), inputs[name])


def test_an_episode_is_a_function_of_the_generator():
    for walk in ("spiral", "random"):
        task = Mapping(walk=walk)
        make = lambda seed: task.episode(4, np.random.default_rng(seed)).chunk(0, 49)
        (a, ta), (b, tb), (other, _) = make(7), make(7), make(8)
        assert np.array_equal(ta, tb) and all(np.array_equal(a[name], b[name]) for name in a)
        assert not np.array_equal(a["observation"], other["observation"])


def test_chunk_draws_nothing():
    rng = np.random.default_rng(0)
    episode = Mapping().episode(2, rng)
    before = rng.bit_generator.state
    episode.chunk(0, 20)
    assert rng.bit_generator.state == before


def test_query_steps_are_uniform_up_to_now():
    steps = Mapping().episode(4000, np.random.default_rng(0)).query_steps
    now = np.arange(49)[:, None]
    assert (steps >= 0).all() and (steps <= now).all()
    for t in (1, 3, 10):
        shares = np.bincount(steps[t]) / 4000
        assert len(shares) == t + 1 and (abs(shares - 1 / (t + 1)) < 5 * np.sqrt(1 / (t + 1) / 4000)).all()
    assert (steps[48, 0] != steps[48]).any()


def test_shared_query_asks_the_whole_batch_for_the_same_step():
    steps = Mapping(shared_query=True).episode(8, np.random.default_rng(0)).query_steps
    assert (steps == steps[:, :1]).all() and len(set(steps[:, 0].tolist())) > 10


def test_released_configuration_starts_at_25_of_48():
    episode = Mapping(size=25, frame=48, positions="raw").episode(1, np.random.default_rng(0))
    inputs, targets = episode.chunk(0, 1)
    assert (inputs["observation"][0, 0, :, :, 2:] == 25).all()
    assert np.argwhere(targets[0, 0, :, :, 0]).tolist() == [[25, 25]]
    assert episode.length == 529


@pytest.mark.parametrize("k", [3, 5, 7, 9])
def test_patch_ids_are_equal_exactly_where_patches_are(k):
    mazes = np.random.default_rng(k).random((4, 11, 11)) < (0.5 if k == 3 else 0.02)
    ids = patch_ids(mazes, k)
    places = [(b, r, c) for b in range(4) for r in range(11) for c in range(11)]
    pairs = {(patch_around(mazes[b], r, c, k), int(ids[b, r, c])) for b, r, c in places}
    assert len(pairs) == len({patch for patch, _ in pairs}) == len({number for _, number in pairs}) < ids.size


@pytest.mark.parametrize("corner", [(0, 0), (0, 8), (8, 0), (8, 8), (4, 4)])
def test_a_single_cell_tells_9x9_patches_apart(corner):
    """81 cells do not fit into a 64-bit integer: none of them may be lost."""
    mazes = np.random.default_rng(0).random((1, 9, 9)).repeat(2, axis=0) < 0.5
    mazes[1][corner] ^= True
    ids = patch_ids(mazes, 9)
    assert ids[0, 4, 4] != ids[1, 4, 4]


class Diary:
    """A network's interface with a perfect memory: writes down which patch was seen where, and looks up every query."""

    def __init__(self, frame, forgetful=False):
        self.frame, self.forgetful, self.seen = frame, forgetful, []

    def forward(self, inputs, state=None):
        observation, query = inputs["observation"], inputs["query"]
        length, batch = observation.shape[:2]
        state = [{} for _ in range(batch)] if state is None or self.forgetful else state
        logits = np.full((length, batch, self.frame, self.frame, 1), -3.0, dtype=np.float32)
        self.seen.append(observation)
        for t in range(length):
            for b in range(batch):
                row, column = observation[t, b, 0, 0, 2:].astype(int)
                state[b][row, column] = observation[t, b, :, :, :2].tobytes()
                for place, patch in state[b].items():
                    if patch == query[t, b, :, :, :2].tobytes():
                        logits[t, b, place[0], place[1]] = 3.0
        return logits, state, None


@pytest.mark.parametrize("walk", ["spiral", "random"])
@pytest.mark.parametrize("chunk", [7, 20, 1000])
def test_a_perfect_memory_scores_one(walk, chunk):
    task = Mapping(walk=walk, length=60, positions="raw")
    scores = task.evaluate(Diary(12), sequences=5, batch=2, chunk=chunk)
    assert scores.f_score == scores.precision == scores.recall == 1.0
    assert scores.true_positives > 5 * 60


def test_a_memory_cut_at_every_chunk_does_not():
    scores = Mapping(positions="raw").evaluate(Diary(12, forgetful=True), sequences=4, chunk=20)
    assert scores.precision == 1.0 and 0.3 < scores.recall < 0.9
    assert scores.f_score == pytest.approx(2 * scores.recall / (1 + scores.recall))


def test_evaluation_uses_mazes_of_its_own():
    task, diary = Mapping(positions="raw"), Diary(12)
    task.evaluate(diary, sequences=5, seed=3, batch=2, chunk=49)
    assert [x.shape[1] for x in diary.seen] == [2, 2, 1]
    again = Diary(12)
    task.evaluate(again, sequences=5, seed=3, batch=2, chunk=49)
    assert all(np.array_equal(a, b) for a, b in zip(diary.seen, again.seen))
    for other in ([3], [3, 0], [4], [1001, 3]):
        training = task.episode(2, np.random.default_rng(other)).chunk(0, 49)[0]["observation"]
        assert not np.array_equal(training, diary.seen[0])


def test_scores_equal_the_loops():
    rng = np.random.default_rng(0)
    targets = (rng.random((5, 4, 6, 6, 1)) < 0.3).astype(np.float32)
    logits = rng.standard_normal(targets.shape).astype(np.float32)
    logits[0, 0, 0, 0] = 0.0                                    # p = 0.5 exactly is not marked
    tp = fp = fn = 0
    for z, y in zip(logits.ravel().tolist(), targets.ravel().tolist()):
        tp, fp, fn = tp + (z > 0 and y == 1), fp + (z > 0 and y == 0), fn + (z <= 0 and y == 1)
    scores = Scores.of_logits(logits, targets)
    assert scores == Scores(tp, fp, fn) == Scores.of_probabilities(1 / (1 + np.exp(-logits)), targets)
    assert scores == Mapping().score(logits, targets)
    assert scores == Scores() + Scores.of_logits(logits[:2], targets[:2]) + Scores.of_logits(logits[2:], targets[2:])
    precision, recall = tp / (tp + fp), tp / (tp + fn)
    assert scores.precision == precision and scores.recall == recall
    assert scores.f_score == pytest.approx(2 * precision * recall / (precision + recall), rel=1e-12)


def test_scores_survive_a_file_and_a_line():
    scores = Scores(3, 1, 5)
    assert Scores(*scores.counts()) == scores and Mapping.no_scores + scores == scores
    assert scores.summary() == {"precision": 3 / 4, "recall": 3 / 8, "f_score": 1 / 2}
    assert str(scores) == "F 0.500"


MAPPER = {"kind": "reader_writer", "writer": [[2, 1], [3, 1]], "reader": [1, 1], "narrowing": [[1, 1]]}
LSTM = {"kind": "lstm", "units": 2, "questions": "every", "input": [3, 3, 4], "output": [12, 12, 1]}
COPIER = {"kind": "encoder_decoder", "layers": [[1, 1]], "input_channels": 4, "output_channels": 1}


@pytest.mark.parametrize(("network", "wrong", "says"), [
    (MAPPER, {"base": 5}, "takes 5 x 5 x 4 at a step and the task gives 3 x 3 x 4: change network.base, "
     "network.view, network.input_channels, or task.view"),
    (MAPPER, {"base": 5, "view": 3}, "answers with 20 x 20 x 1 at a step and the task wants 12 x 12 x 1: change "
     "network.base, network.writer, network.narrowing, or task.frame"),
    (MAPPER, {"input_channels": 3}, "takes 3 x 3 x 3 at a step and the task gives 3 x 3 x 4"),
    (MAPPER, {"writer": [[1, 1], [2, 1]]}, "answers with 6 x 6 x 1 at a step and the task wants 12 x 12 x 1: change "
     "network.base, network.writer, network.narrowing, or task.frame"),
    (MAPPER, {"narrowing": [[1, 2]]}, "answers with 12 x 12 x 2 at a step"),
    (LSTM, {"input": [36]}, "takes vectors of 36 at a step and the task gives 3 x 3 x 4: change network.input,"),
    (LSTM, {"output": [12, 12, 2]}, "answers with 12 x 12 x 2 at a step and the task wants 12 x 12 x 1: change"),
    (LSTM, {"questions": "none"}, 'network.questions = "none" does not fit this task: use "every", for a query at every'),
    (COPIER, {}, 'network.kind = "encoder_decoder" does not fit this task: use reader_writer or ')])
def test_a_network_of_another_shape_is_refused(network, wrong, says):
    if network is not COPIER:
        Mapping().check(mgnm.build(network))
    with pytest.raises(UserError) as error:
        Mapping().check(mgnm.build(network | wrong))
    assert says in str(error.value) and "\n" not in str(error.value)


def test_undefined_scores_are_zero():
    nothing = Scores.of_logits(-np.ones(4), np.zeros(4))
    assert nothing == Scores() and (nothing.precision, nothing.recall, nothing.f_score) == (0, 0, 0)
    with pytest.raises(ValueError, match="differ in shape"):
        Scores.of_logits(np.ones((2, 3)), np.ones((3,)))


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_loss_and_its_gradient(reduction):
    rng = np.random.default_rng(0)
    targets = (rng.random((2, 3, 4, 4, 1)) < 0.3).astype(np.float32)
    logits = rng.standard_normal(targets.shape)
    entropy = lambda z: -(targets * np.log(1 / (1 + np.exp(-z))) + (1 - targets) * np.log(1 - 1 / (1 + np.exp(-z))))
    reduce = np.mean if reduction == "mean" else np.sum
    loss, gradient = Mapping().loss(logits, targets, reduction)
    assert loss == pytest.approx(reduce(entropy(logits)), rel=1e-10)
    direction = rng.standard_normal(targets.shape)
    slope = (reduce(entropy(logits + 1e-5 * direction)) - reduce(entropy(logits - 1e-5 * direction))) / 2e-5
    assert (gradient * direction).sum() == pytest.approx(slope, rel=1e-7)
    loss, gradient = Mapping().loss(logits.astype(np.float32), targets, reduction)
    assert np.asarray(loss).dtype == gradient.dtype == np.float32


@pytest.mark.parametrize("setting, value, says", [
    ("size", 8, "an odd whole number from 5 to 63"), ("size", 3, "from 5 to 63"), ("size", 65, "from 5 to 63"),
    ("size", 9.0, "whole number"), ("size", True, "whole number"), ("size", "9", "whole number"),
    ("complexity", -0.1, "from 0 to 1"), ("complexity", float("nan"), "from 0 to 1"), ("density", 1.5, "from 0 to 1"),
    ("density", "0.2", "from 0 to 1"), ("walk", "circle", "use one of spiral, random"), ("length", -1, "from 0 to 1000000"),
    ("view", 4, "an odd whole number from 3 to 9"), ("view", 11, "from 3 to 9"), ("query", 5, "from 3 to 3"),
    ("query", 1, "the field of view"), ("positions", "polar", "use one of raw, normalised, centred"),
    ("frame", 6, "from 7 to 1024"), ("frame", 12.5, "whole number"), ("shared_query", 1, "true or false"),
    ("walk", ["spiral"], "did you mean spiral?"),
])
def test_bad_settings_are_named(setting, value, says):
    with pytest.raises(UserError) as error:
        Mapping(**{setting: value})
    message = str(error.value)
    assert message.startswith(f"task.{setting} ") and says in message and repr(value) in message and "\n" not in message


def test_every_setting_is_checked():
    """A value of a type no setting has: whichever setting gets it, it must be refused."""
    for field in dataclasses.fields(Mapping):
        with pytest.raises(UserError, match=f"^task.{field.name} "):
            Mapping(**{field.name: 1j})


def test_the_smallest_frame_still_holds_the_walk():
    for size in (5, 9, 25):
        episode = Mapping(size=size, frame=size - 2).episode(1, np.random.default_rng(0))
        _, targets = episode.chunk(0, episode.length)
        assert targets.shape == (episode.length, 1, size - 2, size - 2, 1)
        assert targets.any(axis=(2, 3, 4)).all()            # every patch was seen somewhere, and that is inside


def test_bad_chunks_and_batches_are_refused():
    task = Mapping()
    episode = task.episode(1, np.random.default_rng(0))
    for start, stop in ((-1, 5), (5, 5), (40, 50), (7, 3)):
        with pytest.raises(UserError, match="49 steps"):
            episode.chunk(start, stop)
    with pytest.raises(UserError, match="^batch"):
        task.episode(0, np.random.default_rng(0))
    with pytest.raises(UserError, match="^chunk"):
        task.evaluate(Diary(12), chunk=0)
    for seed in (-1, [0, -1], 0.5):
        with pytest.raises(UserError, match="^seed"):
            task.evaluate(Diary(12), seed=seed)
