"""The twenty tasks: what their files are called, as in the public archive, and which page tells their stories."""

from typing import NamedTuple

from .company import basic_coreference, compound_coreference, conjunction
from .deduction import basic_deduction
from .gifts import three_argument_relations
from .hands import counting, lists_sets
from .induction import basic_induction
from .motives import agents_motivations
from .paths import path_finding
from .positions import positional_reasoning
from .sizes import size_reasoning
from .times import time_reasoning
from .two_arguments import two_argument_relations
from .where import single_supporting_fact, three_supporting_facts, two_supporting_facts
from .yes_no import indefinite_knowledge, simple_negation, yes_no_questions


class Task(NamedTuple):
    """tell(dice, story) fills an empty story."""

    name: str
    tell: object


TASKS = {
    1: Task("single-supporting-fact", single_supporting_fact),
    2: Task("two-supporting-facts", two_supporting_facts),
    3: Task("three-supporting-facts", three_supporting_facts),
    4: Task("two-arg-relations", two_argument_relations),
    5: Task("three-arg-relations", three_argument_relations),
    6: Task("yes-no-questions", yes_no_questions),
    7: Task("counting", counting),
    8: Task("lists-sets", lists_sets),
    9: Task("simple-negation", simple_negation),
    10: Task("indefinite-knowledge", indefinite_knowledge),
    11: Task("basic-coreference", basic_coreference),
    12: Task("conjunction", conjunction),
    13: Task("compound-coreference", compound_coreference),
    14: Task("time-reasoning", time_reasoning),
    15: Task("basic-deduction", basic_deduction),
    16: Task("basic-induction", basic_induction),
    17: Task("positional-reasoning", positional_reasoning),
    18: Task("size-reasoning", size_reasoning),
    19: Task("path-finding", path_finding),
    20: Task("agents-motivations", agents_motivations),
}
PARTS = ("train", "test")


def file_name(task, part):
    """The name of a file: qa1_single-supporting-fact_train.txt"""
    return f"qa{task}_{TASKS[task].name}_{part}.txt"
