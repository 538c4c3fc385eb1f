"""A network as a player: its moves, its memory and its maps, in the mazes of the other players."""

import numpy as np
import pytest

import mgnm
from mgnm.errors import UserError
from mgnm.tasks import build_task
from mgnm.tasks.exploration import Agent, NearestFrontier, RandomWalk, draw, evaluate

TASK = build_task({"kind": "exploration", "size": 7, "frame": 12, "length": 12})
SETTINGS = {"kind": "explorer", "writer": [[2, 2], [3, 2]], "reader": [2, 2], "narrowing": [[1, 1]], "head_units": 4}
MOVES = np.array([0, 3, 3, 1, 1, 2, 2, 0, 3, 1, 0, 2])


class Script:
    """A player that makes the same moves everywhere."""

    belief = None

    def start(self, environment, rng):
        self.batch, self.t = len(environment.times), 0

    def act(self, observation):
        self.t += 1
        return np.full(self.batch, MOVES[self.t - 1])


class Scripted:
    """A network that is certain of the same moves; what it carries is the time. On its maps every cell is marked."""

    def forward(self, inputs, state):
        t, batch = state or 0, inputs["observation"].shape[1]
        policy = np.zeros((1, batch, 4))
        policy[..., MOVES[t]] = 1e3
        return {"policy": policy, "map": np.full((1, batch, 12, 12, 1), 5.0)}, t + 1, None


def test_an_agent_moves_as_its_policy_says_and_carries_its_state():
    agent, script = (evaluate(TASK, player, 20, [3]) for player in (Agent(Scripted()), Script()))
    np.testing.assert_array_equal(agent.coverage, script.coverage)
    assert agent.scores.recall == 1 and 0 < agent.scores.precision < 1


def test_an_agent_forgets_between_games():
    agent = Agent(Scripted())
    first, second = (evaluate(TASK, agent, 5, [3]).coverage for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_the_moves_of_a_policy_that_is_not_certain_are_drawn():
    rng, logits = np.random.default_rng(0), np.log([[0.7, 0.1, 0.2], [0.1, 0.1, 0.8]])
    shares = [np.bincount(moves, minlength=3) / 20_000
              for moves in np.transpose([draw(logits, rng) for _ in range(20_000)])]
    np.testing.assert_allclose(shares, np.exp(logits), atol=0.012)


def test_its_belief_is_the_map_that_the_network_draws():
    network, rng = mgnm.build(SETTINGS, seed=1), np.random.default_rng(0)
    world = TASK.environment(3)
    observation, agent, state = world.reset(rng), Agent(network), None
    agent.start(world, rng)
    for _ in range(4):
        outputs, state, _ = network.forward({name: x[None] for name, x in observation.items()}, state)
        observation, _, _ = world.step(agent.act(observation))
        np.testing.assert_allclose(agent.belief, 1 / (1 + np.exp(-outputs["map"][0, ..., 0])), rtol=1e-6)


def test_an_evaluation_compares_players_in_the_same_mazes():
    found = TASK.evaluate(mgnm.build(SETTINGS, seed=1), sequences=10, seed=5)
    summary = found.summary()
    for curves, player, name in ((found.random, RandomWalk(), "random"), (found.frontier, NearestFrontier(), "frontier")):
        expected = evaluate(TASK, player, 10, [5])
        np.testing.assert_array_equal(curves.coverage, expected.coverage)
        assert summary[f"{name}_area"] == expected.areas.mean()
        assert summary[f"times_{name}"] == pytest.approx(summary["area"] / expected.areas.mean())
    np.testing.assert_array_equal(found.agent.coverage[..., 0], found.random.coverage[..., 0])      # the same starts
    assert TASK.evaluate(mgnm.build(SETTINGS, seed=1), sequences=10, seed=5).summary() == summary
    assert str(found) == f"area {summary['area']:.3f}, F {summary['f_score']:.3f}"


@pytest.mark.parametrize(("changed", "said"), [
    ({"actions": 5}, "the network chooses among 5 actions and the task has 4: change network.actions"),
    ({"writer": [[2, 2], [2, 2]]}, "the network answers with 6 x 6 x 1 at a step and the task wants 12 x 12 x 1"),
    ({"input_channels": 3}, "the network takes 3 x 3 x 3 at a step and the task gives 3 x 3 x 4"),
    ({"kind": "reader_writer", "head_units": None}, 'network.kind = "reader_writer" does not fit this task: use explorer'),
])
def test_a_network_that_does_not_fit_is_refused(changed, said):
    settings = {name: x for name, x in (SETTINGS | changed).items() if x is not None}
    with pytest.raises(UserError) as caught:
        TASK.check(mgnm.build(settings))
    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_an_environment_that_is_restored_is_what_it_was():
    rngs = [np.random.default_rng(2) for _ in range(2)]
    world, other = (TASK.environment(4) for _ in rngs)
    world.reset(rngs[0])
    other.reset(np.random.default_rng(9))
    for _ in range(5):
        world.step(rngs[0].integers(4, size=4))
    other.restore(world.snapshot())
    snapshot = world.snapshot()
    for _ in range(7):
        actions = rngs[1].integers(4, size=4)
        for one, two in zip(world.step(actions), other.step(actions)):
            for name in one if isinstance(one, dict) else [...]:
                np.testing.assert_array_equal(one[name], two[name])
        np.testing.assert_array_equal(world.targets(), other.targets())
        np.testing.assert_array_equal(world.coverage, other.coverage)
    assert (snapshot["times"] == 5).all() and (world.times == 12).all()         # a snapshot is a copy
