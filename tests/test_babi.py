"""The task: words as numbers, stories as steps, what is due when, and scores against plain Python."""

from pathlib import Path

import numpy as np
import pytest

import mgnm
from mgnm.errors import UserError
from mgnm.tasks import Babi, build_task, complete
from mgnm.tasks.babi import BabiScores, Vocabulary, parse
from mgnm.tasks.babi.task import POOL, in_pieces

SAMPLE = str(Path(__file__).parent / "data" / "babi")
NETWORK = {"kind": "question_answering", "layers": [[2, 2]]}
STORY, = parse(b"1 Ann took a cup.\n2 What has Ann?\tcup\t1\n3 Ann took two hats.\n4 What has Ann now?\tcup,hats\t1 3\n",
               "file")


def tables(**task):
    return complete({"network": NETWORK, "task": {"kind": "babi", "source": SAMPLE, **task}, "training": {}})


def task_of(**task):
    return build_task(tables(**task)["task"])


def refused(function, *arguments, **named):
    with pytest.raises(UserError) as caught:
        function(*arguments, **named)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# ----------------------------------------------------------------------------------------------------------- vocabulary


def test_the_words_of_some_stories():
    found = Vocabulary.of([STORY], "sentence")
    assert found.words == ["-", ".", "?", "a", "ann", "cup", "has", "hats", "now", "took", "two", "what"]
    assert (found.sentence_words, found.answer_words) == (4, 2)
    assert (found.inputs, found.answers, found.outputs) == (5 * 12, 2, 2 * 12)
    by_words = Vocabulary.of([STORY], "word")
    assert (by_words.inputs, by_words.answers, by_words.outputs) == (12, 1, 12)
    assert found.unknown(("ann", "has", "dogs")) == ["dogs"]


def test_word_by_word_is_the_convention_of_the_dnc():
    known = Vocabulary.of([STORY], "word")
    encoded = known.encode(STORY)
    shown = " ".join(known.words[word] for word in encoded.shown[:, 0])
    assert shown == "ann took a cup . what has ann ? - ann took two hats . what has ann now ? - -"
    assert [known.words[word] for word in encoded.answers[:, 0]] == ["cup", "cup", "hats"]
    assert encoded.due == [9, 20, 21] and encoded.question == [0, 1, 1]


def test_sentence_by_sentence_words_have_their_slots():
    known = Vocabulary.of([STORY], "sentence")
    encoded = known.encode(STORY)
    x = known.vectors([encoded], 5)[:, 0].reshape(5, 5, 12)                         # a step more than the story has
    assert x.sum(-1).tolist() == [[1, 1, 1, 1, 1], [1, 1, 1, 1, 0], [1, 1, 1, 1, 1], [1, 1, 1, 1, 1], [0] * 5]
    said = [" ".join(known.words[slot.argmax()] for slot in step if slot.any()) for step in x]
    assert said == [". ann took a cup", "? what has ann", ". ann took two hats", "? what has ann now", ""]
    assert encoded.due == [1, 3] and encoded.question == [0, 1]
    assert [[known.words[word] for word in row] for row in encoded.answers] == [["cup", "-"], ["cup", "hats"]]


def test_unknown_words_are_not_shown_and_cannot_be_answered():
    strange, = parse(b"1 Ann took a dog.\n2 What has Ann?\tdog\t1\n3 What has Ann?\tcup,cup,cup\t1\n", "file")
    for step, shown in (("word", [2, 3]), ("sentence", [0, 4])):
        known = Vocabulary.of([STORY], step)
        encoded = known.encode(strange)
        x = known.vectors([encoded], len(encoded.shown))[:, 0]
        assert not x.reshape(len(x), -1, 12)[3 if step == "word" else 0, -1].any()
        assert encoded.answers[0, 0] == -1
    assert encoded.answers.tolist() == [[-1, 0], [-1, -1]]  # three words do not fit into two slots
    long, = parse(b"1 Ann took a cup now.\n2 What has Ann?\tcup\t1\n", "file")
    assert "has 5 words, but the longest that was trained on has 4" in refused(known.encode, long)


# ------------------------------------------------------------------------------------------------------------- the task


@pytest.mark.parametrize("step", ["word", "sentence"])
def test_episodes_hold_stories_of_the_training_part(step):
    task, rng = task_of(step=step, cut=False), np.random.default_rng(3)
    known = {task: [story.shown.tolist() for story in stories] for task, stories in task.training.items()}
    tasks = []
    for _ in range(20):
        episode = task.episode(4, rng)
        inputs, targets = episode.chunk(0, episode.length)
        x, due = inputs["input"], inputs["answer_steps"]
        assert x.dtype == np.float32 and x.shape == (episode.length, 4, task.vocabulary.inputs)
        assert set(np.unique(x)) <= {0, 1} and episode.chunks(3) == [(0, episode.length)]
        assert targets["answers"].shape == (len(due), 4, task.vocabulary.answers) and due == sorted(set(due))
        assert targets["due"].any(axis=1).all()             # nobody waits for a step at which nothing is due
        for b in range(4):
            number = task.tasks[int(targets["of_task"][:, b].argmax())]
            tasks.append(number)
            places = [[*np.flatnonzero(x[t, b])] for t in range(episode.length) if x[t, b].any()]
            story = [[place for place in row if place >= 0] for row in known[number][find(known[number], places)]]
            assert story == places
    assert 25 < tasks.count(1) < 55 and set(tasks) == {1, 8}


def find(stories, places):
    return next(k for k, story in enumerate(stories) if [[p for p in row if p >= 0] for row in story] == places)


def test_what_is_due_is_what_the_stories_say():
    task = task_of(step="word", tasks=[8])
    stories = [(8, task.vocabulary.encode(story)) for story in task.stories[8].held_out]
    episode = task.lay_out(stories)
    steps, targets = episode.inputs["answer_steps"], episode.targets
    for b, story in enumerate(task.stories[8].held_out):
        wanted = [word for line in story for word in line.answer]
        asked = [s for s in range(len(steps)) if targets["due"][s, b, 0]]
        assert [task.vocabulary.words[targets["answers"][s, b, 0]] for s in asked] == wanted
        assert all(episode.inputs["input"][steps[s], b].argmax() == 0 for s in asked)           # the word -
        lengths = [len(line.answer) for line in story if line.answer]
        assert targets["part_of"][b].sum(1)[:len(lengths)].tolist() == lengths
    assert targets["counts"] == (6,) and "chance" not in episode.inputs


def test_a_batch_has_stories_of_about_the_same_length(tmp_path):
    stories = []
    for length in range(1, 81):                             # so many sentences, then a question
        stories += [f"{n} A cat is here." for n in range(1, length + 1)] + [f"{length + 1} Is it?\tyes\t1"]
    (tmp_path / "qa1_train.txt").write_text("\n".join(stories))
    task, rng = task_of(source=str(tmp_path), cut=False), np.random.default_rng(0)
    episodes = [task.episode(8, rng).inputs["input"].any(axis=2).sum(axis=0) for _ in range(600)]
    assert np.mean([np.ptp(lengths) for lengths in episodes]) < 2 * 80 / POOL
    everyone = np.mean([len(story.shown) for story in task.training[1]])
    assert abs(np.mean(episodes) - everyone) < 4            # and none is drawn more often for its length
    assert all(len(x) == lengths.max() for x, lengths in
               [(x, x.any(axis=2).sum(axis=0)) for x in [task.episode(8, rng).inputs["input"]]])


@pytest.mark.parametrize("step", ["word", "sentence"])
def test_a_story_can_be_cut_after_each_of_its_questions(step):
    whole = Vocabulary.of([STORY], step).encode(STORY)
    half = Vocabulary.of([STORY], step).encode(STORY[:2])
    for story, wanted in ((whole.until(1), half), (whole.until(2), whole)):
        assert all(np.array_equal(a, b) for a, b in zip(story, wanted)) and story.questions == wanted.questions
    task, rng = task_of(step=step, tasks=[1]), np.random.default_rng(1)
    asked = [task.episode(4, rng).targets["asked"].sum(1) for _ in range(40)]
    counts = np.unique(np.concatenate(asked), return_counts=True)
    assert counts[0].tolist() == [1, 2] and abs(counts[1][0] - 80) < 25         # two questions a story


def test_long_stories_end_with_a_question_that_fits():
    by_words = Vocabulary.of([STORY], "word").encode(STORY)             # answers at steps 9, and 20 and 21
    assert by_words.within(22) is by_words
    assert [len(by_words.within(steps).shown) for steps in (21, 20, 10)] == [10, 10, 10]
    task = task_of(step="word", longest=20, tasks=[1], cut=False)
    stories = task.training[1]
    assert {story.questions for story in stories} == {1} and max(len(story.shown) for story in stories) <= 20
    lists = task_of(step="word", longest=16, tasks=[8], cut=False).training[8]          # some answers have two words
    assert lists and max(len(story.shown) for story in lists) == 16
    assert "task.longest = 3 leaves no stories" in refused(lambda: task_of(longest=3, step="word").training)


@pytest.mark.parametrize("step", ["word", "sentence"])
def test_in_pieces_nothing_is_lost(step):
    settings = tables(step=step)
    task, network = build_task(settings["task"]), mgnm.build(settings["network"], seed=2, dtype="float64")
    episode = task.lay_out([(1, task.training[1][0]), (8, task.training[8][3]), (8, task.training[8][4])])
    for least in (1, 5, 1000):
        pieces, state, outputs = list(in_pieces(episode.inputs, least)), None, []
        assert all(len(piece["input"]) >= least for piece in pieces[:-1])
        for piece in pieces:
            logits, state, _ = network.forward(piece, state)
            outputs.append(logits)
        np.testing.assert_allclose(np.concatenate(outputs), network.forward(episode.inputs)[0], rtol=1e-12)
    assert len(pieces) == 1


def test_the_same_seed_draws_the_same_episode():
    task = task_of()
    one, two, three = (task.episode(3, np.random.default_rng(seed)) for seed in (5, 5, 6))
    assert np.array_equal(one.inputs["input"], two.inputs["input"]) and one.inputs["chance"] == two.inputs["chance"]
    assert one.inputs["chance"] != three.inputs["chance"]


def right_logits(task, episode):
    """Logits that give every answer that is due."""
    answers = episode.targets["answers"]
    logits = np.zeros((*answers.shape, len(task.vocabulary.words)))
    np.put_along_axis(logits, answers[..., None], 5.0, axis=-1)
    return logits


@pytest.mark.parametrize("step", ["word", "sentence"])
def test_a_question_is_right_when_all_its_words_are(step):
    task = task_of(step=step)
    two, = parse(b"1 Anna took the cup.\n2 What is Anna carrying?\tcup,rope\t1\n3 What is Anna carrying?\tcup\t1\n", "file")
    one = task.stories[1].held_out[0]
    episode = task.lay_out([(8, task.vocabulary.encode(two)), (1, task.vocabulary.encode(one))])
    logits = right_logits(task, episode)
    shape = (*logits.shape[:2], -1)
    assert task.score(logits.reshape(shape), episode.targets).counts() == [[1, 8], [2, 2], [2, 2]]
    place = (1, 0, 0) if step == "word" else (0, 0, 1)      # the second word of the first question
    wrong = task.vocabulary.number["lamp"]
    at = next(s for s in range(len(logits)) if episode.targets["due"][s, 0, 0]) + place[0]
    logits[at, 0, place[2], wrong] = 9
    scores = task.score(logits.reshape(shape), episode.targets)
    assert scores.counts() == [[1, 8], [2, 1], [2, 2]] and scores.errors() == {1: 0, 8: 0.5}


def test_only_what_is_due_counts_in_loss_and_score():
    task, rng = task_of(), np.random.default_rng(4)
    episode = task.episode(5, rng)
    shape = (len(episode.inputs["answer_steps"]), 5, task.vocabulary.outputs)
    logits = rng.normal(size=shape)
    other = np.where(np.repeat(episode.targets["due"] > 0, shape[2], axis=2), logits, rng.normal(size=shape))
    (loss, dlogits), (loss2, dlogits2) = (task.loss(z, episode.targets) for z in (logits, other))
    assert loss == loss2 and np.array_equal(dlogits, dlogits2)
    assert task.score(logits, episode.targets) == task.score(other, episode.targets)
    z = logits.reshape(*shape[:2], task.vocabulary.answers, -1)
    log_p = z - np.log(np.exp(z).sum(-1, keepdims=True))
    each = -np.take_along_axis(log_p, episode.targets["answers"][..., None], -1)[..., 0]
    due = np.broadcast_to(episode.targets["due"], each.shape) > 0
    assert loss == pytest.approx(each[due].mean()) and task.loss(logits, episode.targets, "sum")[0] == pytest.approx(
        each[due].sum())


def test_evaluation_takes_every_held_out_story_once():
    settings = tables(step="word")
    task, network = build_task(settings["task"]), mgnm.build(settings["network"], seed=2)
    questions = {number: sum(bool(line.answer) for story in part.held_out for line in story)
                 for number, part in task.stories.items()}
    whole = task.evaluate(network, 1000, seed=1, batch=3)
    assert whole.counts()[2] == [*questions.values()] and whole == task.evaluate(network, 7, seed=9, batch=1, chunk=1)
    few = task.evaluate(network, 2, seed=1)
    assert sum(few.counts()[2]) == 4 and whole.tasks == (1, 8)


def test_the_best_guess_without_memory():
    """The answer that the same question had most often in training, counted again."""
    task = task_of()
    errors = []
    for part in task.stories.values():
        asked = [(line.words, line.answer) for story in part.training for line in story if line.answer]
        wrong = []
        for words, answer in [(line.words, line.answer) for story in part.held_out for line in story if line.answer]:
            seen = [a for w, a in asked if w == words]
            wrong.append(max(seen, key=seen.count) != answer)
        errors.append(np.mean(wrong))
    assert task.baseline() == {"memoryless_error": pytest.approx(np.mean(errors))}


# ------------------------------------------------------------------------------------------------------------- settings


def test_the_vocabulary_goes_with_the_settings():
    made = tables(step="sentence")
    known = made["task"]
    assert known["tasks"] == [1, 8] and known["words"][:4] == ["-", ".", "?", "anna"]
    assert (known["sentence_words"], known["answer_words"]) == (5, 2)
    words = len(known["words"])
    assert made["network"] == NETWORK | {"input_channels": 6 * words, "output_channels": 2 * words}
    assert complete(made) == made
    without = build_task(known | {"source": ""})            # weights answer where the stories are not
    assert without.vocabulary.words == known["words"] and "task.source is not given" in refused(lambda: without.training)


def test_no_tasks_are_all_that_the_source_has():
    task = build_task(tables()["task"] | {"tasks": []})
    assert task.exchange == task_of().exchange and task.numbers == [1, 8]
    same, episode = task_of().episode(4, np.random.default_rng(0)), task.episode(4, np.random.default_rng(0))
    assert all((same.targets[name] == episode.targets[name]).all() for name in ("answers", "of_task"))


def test_answers_that_the_vocabulary_lacks_cannot_be_trained_on():
    words = [word for word in tables()["task"]["words"] if word != "library"]
    task = build_task(tables()["task"] | {"words": words})
    assert "stories of task 1 have answers that are not in the vocabulary" in refused(lambda: task.training)


def test_all_that_will_be_scored_on_is_looked_at_before_any_work():
    settings = tables()
    network = mgnm.build(settings["network"])
    assert "no files of the form qa1_NAME_test.txt" in refused(build_task(settings["task"] | {"scored_on": "test"}).check,
                                                               network)
    settings = tables(words=settings["task"]["words"], sentence_words=3, answer_words=2)
    told = refused(build_task(settings["task"]).check, mgnm.build(settings["network"]))
    assert "has 5 words, but the longest that was trained on has 3" in told


def test_what_is_trained_on_makes_the_vocabulary():
    task = task_of(tasks=[1])
    assert "lamp" not in task.vocabulary.words and "library" in task.vocabulary.words


@pytest.mark.parametrize(("changed", "said"), [
    ({"source": 5}, "task.source"), ({"step": "letter"}, "task.step"), ({"tasks": [0]}, "task.tasks"),
    ({"tasks": ["1"]}, "task.tasks"), ({"tasks": [1, 1]}, "names a task twice"),
    ({"tasks": [1, 2]}, "no train file of task 2"),
    ({"scored_on": "train"}, "task.scored_on"), ({"language": "hn"}, "no language 'hn'"), ({"words": ["a"]}, "task.words"),
    ({"words": ["-", ".", "?", 4]}, "task.words"), ({"words": ["-", ".", "?", "a", "a"]}, "task.words"),
    ({"source": ""}, "task.source is not given"), ({"sentence_words": -1}, "task.sentence_words"),
    ({"stepp": "word"}, "did you mean step?")])
def test_bad_settings_are_told(changed, said):
    assert said in refused(tables, **changed)


def test_networks_of_another_task_are_refused():
    settings = tables()
    task = build_task(settings["task"])
    task.check(mgnm.build(settings["network"]))
    assert "network.kind" in refused(task.check, mgnm.build("tiny"))
    for name in ("input_channels", "output_channels"):
        assert name in refused(task.check, mgnm.build(settings["network"] | {name: 7}))
    assert "no vocabulary" in refused(Babi, words=["a"]) and "task.words is empty" in refused(lambda: Babi().vocabulary)


# --------------------------------------------------------------------------------------------------------------- scores


def test_scores_add_up():
    one, two = BabiScores((1, 8), (3, 0), (4, 2)), BabiScores((1, 8), (5, 2), (6, 8))
    both = one + two
    assert both.counts() == [[1, 8], [8, 2], [10, 10]] and BabiScores() + one == one == one + BabiScores()
    assert both.summary() == {"error": pytest.approx(0.5), "failed_tasks": 2, "error_1": pytest.approx(0.2),
                              "error_8": pytest.approx(0.8)}
    assert BabiScores(*both.counts()).summary() == both.summary() and str(both) == "50.0% wrong"
    assert BabiScores((1,), (95,), (100,)).summary() == {"error": pytest.approx(0.05)}
    assert BabiScores((1, 2, 3), (96, 94, 0), (100, 100, 0)).summary()["failed_tasks"] == 1
    assert BabiScores().summary() == {"error": 0}
